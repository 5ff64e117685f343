//! What the host name of a domain or a collection tells.

/// `eu-central-1` of `search-x.eu-central-1.es.amazonaws.com` or `x.eu-central-1.aoss.amazonaws.com`.
#[must_use]
pub fn region_of(host: &str) -> Option<&str> {
    let name = host.strip_suffix(".cn").unwrap_or(host).strip_suffix(".amazonaws.com")?;
    let name = name.strip_suffix(".es").or_else(|| name.strip_suffix(".aoss"))?;
    let (_, region) = name.rsplit_once('.')?;
    Some(region)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_host_name_tells_the_region() {
        for (host, region) in [
            ("search-logs-abc.eu-central-1.es.amazonaws.com", Some("eu-central-1")),
            ("vpc-logs-abc.us-gov-west-1.es.amazonaws.com", Some("us-gov-west-1")),
            ("x1y2.us-east-1.aoss.amazonaws.com", Some("us-east-1")),
            ("search-logs-abc.cn-north-1.es.amazonaws.com.cn", Some("cn-north-1")),
            ("search.example.com", None),
            ("es.amazonaws.com", None),
            ("127.0.0.1", None),
        ] {
            assert_eq!(region_of(host), region, "{host}");
        }
    }
}
