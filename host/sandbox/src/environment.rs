//! The environment of an extension: what the platform sets, what the owner configured, and nothing else.

use std::collections::BTreeMap;

use crate::options::{InitType, Launch, LogFormat, Options};

/// Names that the function sees and an extension does not.
const HIDDEN: [&str; 11] = [
    "AWS_EXECUTION_ENV",
    "AWS_LAMBDA_LOG_GROUP_NAME",
    "AWS_LAMBDA_LOG_STREAM_NAME",
    "AWS_LAMBDA_MAX_CONCURRENCY",
    "AWS_XRAY_CONTEXT_MISSING",
    "AWS_XRAY_DAEMON_ADDRESS",
    "LAMBDA_RUNTIME_DIR",
    "LAMBDA_TASK_ROOT",
    "_AWS_XRAY_DAEMON_ADDRESS",
    "_AWS_XRAY_DAEMON_PORT",
    "_HANDLER",
];

/// Variables of an extension.
pub(crate) fn of_extension(options: &Options, api: &str) -> BTreeMap<String, String> {
    let mut variables: BTreeMap<String, String> = BTreeMap::new();
    let mut set = |name: &str, value: &str| variables.insert(name.to_owned(), value.to_owned());
    let function = &options.function;
    set("AWS_LAMBDA_RUNTIME_API", api);
    set("AWS_LAMBDA_FUNCTION_NAME", &function.name);
    set("AWS_LAMBDA_FUNCTION_VERSION", &function.version);
    set("AWS_LAMBDA_FUNCTION_MEMORY_SIZE", &function.memory_mb.to_string());
    set("AWS_LAMBDA_INITIALIZATION_TYPE", options.init_type.as_str());
    set("AWS_REGION", &function.region);
    set("AWS_DEFAULT_REGION", &function.region);
    set("LANG", "en_US.UTF-8");
    set("PATH", "/usr/local/bin:/usr/bin/:/bin:/opt/bin");
    set("TZ", ":UTC");
    if function.log_format == LogFormat::Json {
        set("AWS_LAMBDA_LOG_FORMAT", "JSON");
        set("AWS_LAMBDA_LOG_LEVEL", "INFO");
    }
    for (name, value) in credentials(options.init_type, api) {
        set(name, &value);
    }
    if let Launch::OptTree(root) = &options.launch {
        let root = root.canonicalize().unwrap_or_else(|_| root.clone());
        set("TELESIEVE_CONFIG", &root.join("telesieve/telesieve.toml").to_string_lossy());
    }
    variables.extend(options.env.clone());
    variables.retain(|name, _| !HIDDEN.contains(&name.as_str()));
    variables
}

/// Credentials that open nothing. They look like real ones, so that a leak would be noticed.
fn credentials(init_type: InitType, api: &str) -> Vec<(&'static str, String)> {
    if init_type == InitType::SnapStart {
        return vec![
            ("AWS_CONTAINER_CREDENTIALS_FULL_URI", format!("http://{api}/2021-04-23/credentials")),
            ("AWS_CONTAINER_AUTHORIZATION_TOKEN", crate::scenarios::CONTAINER_TOKEN.to_owned()),
        ];
    }
    vec![
        ("AWS_ACCESS_KEY_ID", crate::scenarios::ROLE_KEY_ID.to_owned()),
        ("AWS_SECRET_ACCESS_KEY", crate::scenarios::ROLE_SECRET.to_owned()),
        ("AWS_SESSION_TOKEN", crate::scenarios::ROLE_TOKEN.to_owned()),
    ]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hides_what_is_the_runtimes() {
        let options = Options::default().env("_HANDLER", "x").env("LAMBDA_TASK_ROOT", "/").env("MINE", "1");
        let variables = of_extension(&options, "127.0.0.1:9001");
        assert!(!variables.contains_key("_HANDLER") && !variables.contains_key("LAMBDA_TASK_ROOT"));
        assert_eq!(variables["MINE"], "1");
        assert_eq!(variables["AWS_LAMBDA_RUNTIME_API"], "127.0.0.1:9001");
        assert!(!variables.contains_key("AWS_LAMBDA_LOG_FORMAT"));
    }

    #[test]
    fn snap_start_has_no_keys() {
        let variables = of_extension(&Options::default().init_type(InitType::SnapStart), "127.0.0.1:9001");
        assert!(!variables.contains_key("AWS_ACCESS_KEY_ID"));
        assert!(variables["AWS_CONTAINER_CREDENTIALS_FULL_URI"].contains("127.0.0.1:9001"));
    }
}
