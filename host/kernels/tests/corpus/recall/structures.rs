//! Private keys, webhooks, URLs with passwords, connection strings, signed URLs and password hashes.

use super::Planted;
use super::template::fill;
use super::values::{Kind, value};
use crate::random::Random;

const KEYS: &[&str] = &["RSA ", "EC ", "DSA ", "OPENSSH ", "ENCRYPTED ", ""];

/// A private key in text: with lines, with escaped ones, on one line, or cut off.
pub(super) fn private_key(random: &mut Random) -> Planted {
    let kind = random.pick(KEYS);
    let lines: Vec<String> = (0..2 + random.below(4)).map(|_| fill("{b64:64}", random)).collect();
    let (form, between) =
        random.pick(&[("lines", "\n"), ("escaped lines", "\\n"), ("one line", " "), ("CRLF", "\r\n")]);
    let body = lines.join(between);
    let end = format!("{between}-----END {kind}PRIVATE KEY-----");
    let end = if random.below(5) == 0 { String::new() } else { end };
    let before = random.pick(&["", "key is ", "loaded: ", "cat id_rsa\n", "cert = '"]);
    Planted::new(form, &format!("{before}-----BEGIN {kind}PRIVATE KEY-----{between}VALUE{end}"), body)
}

const WEBHOOKS: &[(&str, &str)] = &[
    ("https://hooks.slack.com/services/VALUE", "T{B36:8}/B{B36:10}/{an:24}"),
    ("https://hooks.slack.com/workflows/VALUE", "T{B36:8}/A{B36:10}/{d1:1}{d:17}/{an:24}"),
    ("https://discord.com/api/webhooks/{d1:1}{d:17}/VALUE", "{b64u:68}"),
    ("https://discordapp.com/api/webhooks/{d1:1}{d:17}/VALUE", "{b64u:68}"),
    ("https://acme.webhook.office.com/webhookb2/VALUE", "{uuid}@{uuid}/IncomingWebhook/{hex:32}/{uuid}"),
    ("https://outlook.office.com/webhook/VALUE", "{uuid}@{uuid}/IncomingWebhook/{hex:32}/{uuid}"),
    ("https://hooks.zapier.com/hooks/catch/{d1:1}{d:6}/VALUE/", "{an:7}"),
    ("https://maker.ifttt.com/trigger/a/with/key/VALUE", "{b64u:30}"),
    ("https://chat.googleapis.com/v1/spaces/a/messages?key=x&token=VALUE", "{b64u:43}"),
    ("https://open.feishu.cn/open-apis/bot/v2/hook/VALUE", "{uuid}"),
    ("https://oapi.dingtalk.com/robot/send?access_token=VALUE", "{hex:64}"),
    ("https://qyapi.weixin.qq.com/cgi-bin/webhook/send?key=VALUE", "{uuid}"),
    ("https://api.telegram.org/botVALUE/sendMessage", "{d1:1}{d:9}:AA{b64u:33}"),
];

pub(super) fn webhook(random: &mut Random) -> Planted {
    let (url, value) = random.pick(WEBHOOKS);
    let before = random.pick(&["", "POST ", "url=", "sending to ", "\"url\": \""]);
    let (text, value) = (format!("{before}{}", fill(url, random)), fill(value, random));
    Planted::new(url, &text, value)
}

const SCHEMES: &[&str] = &[
    "https",
    "http",
    "ftp",
    "ssh",
    "git+https",
    "postgres",
    "postgresql",
    "mysql",
    "mariadb",
    "mongodb",
    "mongodb+srv",
    "redis",
    "rediss",
    "amqp",
    "amqps",
    "mssql",
    "clickhouse",
    "ldap",
    "smtp",
    "imap",
    "mqtt",
    "nats",
    "kafka",
    "sftp",
    "socks5",
    "neo4j",
    "bolt",
    "jdbc:postgresql",
    "postgresql+psycopg2",
];

const HOSTS: &[&str] = &[
    "localhost",
    "db",
    "redis",
    "mq:5672",
    "db.example.com",
    "10.0.0.7:5432",
    "[::1]:5432",
    "cache.prod.svc:6379",
    "db-1.abc.eu-west-1.rds.amazonaws.com:5432",
    "cluster0.mongodb.net",
];

pub(super) fn url(random: &mut Random) -> Planted {
    let scheme = random.pick(SCHEMES);
    let user = random.pick(&["jane", "root", "app_user", "", "jane%40a"]);
    let host = random.pick(HOSTS);
    if random.below(12) == 0 {
        return Planted::new("oracle", "jdbc:oracle:thin:jane/VALUE@db:1521:xe", value(Kind::Token, random));
    }
    let path = random.pick(&["", "/", "/app", "/app?sslmode=require", "/0"]);
    let text = match random.below(4) {
        0 => format!("{scheme}://{user}:VALUE@{host}{path}"),
        1 => format!("connecting to {scheme}://{user}:VALUE@{host}{path} now"),
        2 => format!("url=\"{scheme}://{user}:VALUE@{host}{path}\""),
        _ => format!("dial {scheme}://{user}:VALUE@{host}{path}: refused"),
    };
    let value = match random.below(3) {
        0 => value(Kind::Token, random),
        1 => fill("{an:4-8}{an:1}%{HEX:2}{an:4}", random),
        _ => value(Kind::Quoted("\"'`<>\\@/?#| "), random),
    };
    Planted::new(scheme, &text, value)
}

const CONNECTIONS: &[&str] = &[
    "Server=db;Database=app;User Id=jane;Password=VALUE;",
    "Server=db;Uid=jane;Pwd=VALUE;Encrypt=yes",
    "Data Source=db; User ID=jane; Password='VALUE'; Pooling=true",
    "Provider=X;Jet OLEDB:Database Password=VALUE;",
    "DefaultEndpointsProtocol=https;AccountName=a;AccountKey=VALUE;EndpointSuffix=core.windows.net",
    "Endpoint=sb://a.servicebus.windows.net/;SharedAccessKeyName=Root;SharedAccessKey=VALUE",
    "Endpoint=https://a.azconfig.io;Id=x;Secret=VALUE",
    "HostName=a.azure-devices.net;SharedAccessKeyName=o;SharedAccessKey=VALUE",
    "cache.redis.example:6380,password=VALUE,ssl=True,abortConnect=False",
    "host=db port=5432 user=jane password=VALUE dbname=app",
    "host=db user=jane password='VALUE' sslmode=require",
    "jdbc:mysql://db:3306/app?user=jane&password=VALUE&useSSL=false",
    "jdbc:sqlserver://db:1433;databaseName=app;user=jane;password=VALUE;",
    "jdbc:snowflake://a.example/?user=jane&password=VALUE",
    "Driver={ODBC};Server=db;UID=jane;PWD={VALUE};",
];

pub(super) fn connection(random: &mut Random) -> Planted {
    let form = random.pick(CONNECTIONS);
    Planted::new(form, form, value(Kind::Token, random))
}

const SIGNED: &[(&str, &str)] = &[
    ("https://b.s3.amazonaws.com/k?X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Signature=VALUE", "{hex:64}"),
    ("https://b.s3.amazonaws.com/k?X-Amz-Security-Token=VALUE&X-Amz-Signature=1", "IQoJb3JpZ2lu{b64u:120}"),
    ("https://b.s3.amazonaws.com/k?AWSAccessKeyId=x&Signature=VALUE&Expires=1700000000", "{an:26}%3D"),
    ("https://storage.googleapis.com/b/k?X-Goog-Expires=1&X-Goog-Signature=VALUE", "{hex:128}"),
    ("https://d.cloudfront.net/k?Policy=x&Signature=VALUE&Key-Pair-Id=K2", "{b64u:90}~{b64u:40}__"),
    ("https://a.blob.core.windows.net/c/b?sv=2022-11-02&se=2026-01-01&sr=b&sp=r&sig=VALUE", "{an:43}%3D"),
    ("https://api.example/a?oauth_consumer_key=x&oauth_signature=VALUE", "{an:26}%3D"),
    ("https://app.example/reset?token=VALUE", "{b64u:43}"),
    ("https://app.example/users/password/edit?reset_password_token=VALUE", "{b64u:20}"),
    ("https://app.example/verify?confirmation_token=VALUE&n=1", "{b64u:20}"),
    ("https://app.example/callback?code=VALUE&state=x", "{b64u:30}"),
    ("https://app.example/cas?ticket=VALUE", "ST-{d:5}-{an:30}"),
    ("https://app.example/login#id_token=VALUE", "{b64u:120}"),
    ("https://app.example/invite?invitation_token=VALUE", "{b64u:24}"),
    ("https://cdn.example/v.m3u8?hdnea=st=1~exp=2~acl=/*~hmac=VALUE", "{hex:64}"),
    ("https://app.example/magic/VALUE", "{b64u:40}"),
    ("https://app.example/reset/VALUE", "{an:32}"),
];

pub(super) fn signed_url(random: &mut Random) -> Planted {
    let (form, value) = random.pick(SIGNED);
    let before = random.pick(&["", "GET ", "url: ", "redirect to ", "href=\""]);
    Planted::new(form, &format!("{before}{form}"), fill(value, random))
}

const HASHES: &[&str] = &[
    "$2a$10${an:53}",
    "$2b$12${an:53}",
    "$2y$10${an:53}",
    "$1${an:8}${an:22}",
    "$apr1${an:8}${an:22}",
    "$5$rounds=5000${an:16}${an:43}",
    "$6${an:16}${an:86}",
    "$y$j9T${an:22}${an:43}",
    "$argon2id$v=19$m=65536,t=3,p=4${an:22}${an:43}",
    "$argon2i$v=19$m=4096,t=3,p=1${an:22}${an:43}",
    "$scrypt$ln=16,r=8,p=1${an:22}${an:43}",
    "pbkdf2_sha256$260000${an:22}${b64:43}=",
    "$pbkdf2-sha512$25000${an:22}${an:86}",
    "scrypt:32768:8:1${an:16}${hex:128}",
    "{SSHA}{b64:38}",
    "{SHA}{b64:27}=",
    "{SSHA512}{b64:90}",
    "*{HEX:40}",
    "SCRAM-SHA-256$4096:{b64:22}==${b64:43}=:{b64:43}=",
    "$P$B{an:30}",
    "jane:1001:{hex:32}:{hex:32}:::",
    "$krb5tgs$23$*jane$A$b*${hex:32}${hex:64}",
];

pub(super) fn hash(random: &mut Random) -> Planted {
    let form = random.pick(HASHES);
    let around =
        random.pick(&["VALUE", "jane:VALUE:18000:0", "row (1, 'VALUE', 2)", "user jane VALUE", "{\"h\":\"VALUE\"}"]);
    // The settings of a hash may stay; salt and sum may not.
    let text = fill(form, random);
    let sum = text.trim_end_matches(':');
    let kept = sum.rfind(['$', '}', '*', ':']).filter(|at| sum.len() - at > 8).map_or(0, |at| at + 1);
    Planted::new(
        form,
        &around.replace("VALUE", &format!("{}VALUE{}", &text[..kept], &text[sum.len()..])),
        sum[kept..].to_owned(),
    )
}
