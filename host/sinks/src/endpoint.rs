//! Where a sink is and how we introduce ourselves: URL and credentials, checked once.

use std::fmt;

use reqwest::Url;
use reqwest::header::HeaderValue;

use zeroize::Zeroizing;

use crate::{SetupError, base64};

/// Base URL without credentials, and the credentials.
#[derive(Clone)]
pub(crate) struct Endpoint {
    url: Url,
    authorization: Option<HeaderValue>,
}

impl Endpoint {
    /// Takes a URL without credentials, or with ones that count as configured.
    pub(crate) fn new(url: &str, authorization: Option<HeaderValue>) -> Result<Self, SetupError> {
        let wrong = |reason| SetupError::Url { reason };
        let mut url = Url::parse(url).map_err(|_| wrong("it is not an absolute URL"))?;
        if !matches!(url.scheme(), "http" | "https") {
            return Err(wrong("the scheme is neither http nor https"));
        }
        if url.query().is_some() || url.fragment().is_some() {
            return Err(wrong("it has a query or a fragment"));
        }
        let authorization = match authorization {
            None => in_url(&url)?,
            some => some,
        };
        let no_host = |()| wrong("it has no host");
        url.set_username("").map_err(no_host)?;
        url.set_password(None).map_err(no_host)?;
        Ok(Self { url, authorization })
    }

    /// The base URL with `path` appended to its own, and `query`.
    pub(crate) fn join(&self, path: &str, query: Option<&str>) -> Url {
        let mut url = self.url.clone();
        url.set_path(&format!("{}{path}", self.url.path().trim_end_matches('/')));
        url.set_query(query);
        url
    }

    pub(crate) fn authorization(&self) -> Option<&HeaderValue> {
        self.authorization.as_ref()
    }

    pub(crate) fn host(&self) -> &str {
        self.url.host_str().unwrap_or_default()
    }

    /// Whether it is on this machine, where no proxy has any business.
    pub(crate) fn is_loopback(&self) -> bool {
        let host = self.host();
        let address = host.trim_start_matches('[').trim_end_matches(']').parse::<std::net::IpAddr>();
        address.map_or(host == "localhost", |address| address.is_loopback())
    }
}

impl fmt::Debug for Endpoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.url)
    }
}

/// `Authorization` for basic authentication.
pub(crate) fn basic(username: &str, password: &str) -> Result<HeaderValue, SetupError> {
    let pair = Zeroizing::new(format!("{username}:{password}"));
    sensitive(&Zeroizing::new(format!("Basic {}", base64::standard(pair.as_bytes()))))
}

/// `Authorization` for an API key.
pub(crate) fn api_key(key: &str) -> Result<HeaderValue, SetupError> {
    sensitive(&Zeroizing::new(format!("ApiKey {key}")))
}

fn in_url(url: &Url) -> Result<Option<HeaderValue>, SetupError> {
    if url.username().is_empty() {
        return Ok(None);
    }
    let username = percent_decode(url.username());
    let password = percent_decode(url.password().unwrap_or_default());
    basic(&username, &password).map(Some)
}

fn sensitive(text: &str) -> Result<HeaderValue, SetupError> {
    let mut value = HeaderValue::from_str(text).map_err(|_| SetupError::Credentials)?;
    value.set_sensitive(true);
    Ok(value)
}

/// Decodes `%xx`; anything else, a broken escape included, stays as it is.
fn percent_decode(text: &str) -> String {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let Some((&first, tail)) = rest.split_first() {
        match (first, tail) {
            (b'%', [high, low, tail @ ..]) if high.is_ascii_hexdigit() && low.is_ascii_hexdigit() => {
                bytes.push(hex(*high) << 4 | hex(*low));
                rest = tail;
            }
            _ => {
                bytes.push(first);
                rest = tail;
            }
        }
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

fn hex(digit: u8) -> u8 {
    match digit {
        b'0'..=b'9' => digit - b'0',
        _ => (digit | 0x20) - b'a' + 10,
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test may panic")]

    use super::{Endpoint, api_key, basic};

    fn endpoint(url: &str) -> Endpoint {
        Endpoint::new(url, None).unwrap()
    }

    fn header(endpoint: &Endpoint) -> &str {
        endpoint.authorization().unwrap().to_str().unwrap()
    }

    #[test]
    fn a_path_is_kept() {
        let url = endpoint("https://host/prefix/").join("/_bulk", Some("a=b,c.*.d"));
        assert_eq!(url.as_str(), "https://host/prefix/_bulk?a=b,c.*.d");
        assert_eq!(
            endpoint("http://host").join("/metrics/job/$LATEST", None).as_str(),
            "http://host/metrics/job/$LATEST"
        );
    }

    #[test]
    fn credentials_leave_the_url_and_never_show() {
        let endpoint = endpoint("https://jane:p%40ss@host:9200");
        assert_eq!(header(&endpoint), "Basic amFuZTpwQHNz");
        assert_eq!(format!("{endpoint:?}"), "https://host:9200/");
        assert_eq!(format!("{:?}", endpoint.authorization()), "Some(Sensitive)");
    }

    #[test]
    fn configured_credentials_win() {
        let pair = basic("a", "b").ok();
        assert_eq!(header(&Endpoint::new("http://x:y@host", pair).unwrap()), "Basic YTpi");
        let key = api_key("k").ok();
        assert_eq!(header(&Endpoint::new("http://x:y@host", key).unwrap()), "ApiKey k");
    }

    #[test]
    fn bad_urls_are_named_without_quoting_them() {
        for url in ["", "host:9200", "/path", "ftp://u:secret@host", "http://u:secret@host?q=1", "http://"] {
            let error = Endpoint::new(url, None).unwrap_err();
            assert!(!format!("{error} {error:?}").contains("secret"), "{error}");
        }
        assert!(api_key("a\nb").is_err());
    }

    #[test]
    fn loopback_is_known() {
        for url in ["http://localhost:1", "http://127.0.0.1:1", "http://127.9.9.9", "http://[::1]:1"] {
            assert!(endpoint(url).is_loopback(), "{url}");
        }
        for url in ["http://example.com", "http://10.0.0.1", "http://localhost.example.com", "http://[2001:db8::1]"] {
            assert!(!endpoint(url).is_loopback(), "{url}");
        }
    }
}
