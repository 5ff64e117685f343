//! Names of secrets in all their spellings.

use crate::random::Random;

/// Names in words, which a spelling joins. Each has a stem, so that it is seen without an operator, too.
const STEMMED: &[&str] = &[
    "password",
    "passwd",
    "passwort",
    "pwd",
    "passcode",
    "secret",
    "client secret",
    "app secret",
    "consumer secret",
    "shared secret",
    "webhook secret",
    "jwt secret",
    "secret key base",
    "secret key",
    "master key",
    "hmac key",
    "signing key",
    "signing secret",
    "encryption key",
    "aes key",
    "private key",
    "priv key",
    "ssh key",
    "pre shared key",
    "deploy key",
    "service account key",
    "api key",
    "api token",
    "api secret",
    "api password",
    "app key",
    "application key",
    "access key",
    "account key",
    "storage key",
    "shared access key",
    "subscription key",
    "auth key",
    "license key",
    "write key",
    "ingest key",
    "sdk key",
    "unseal key",
    "recovery key",
    "token",
    "access token",
    "refresh token",
    "id token",
    "auth token",
    "bearer token",
    "session token",
    "csrf token",
    "private token",
    "bot token",
    "reset token",
    "sas token",
    "basic auth",
    "credentials",
    "db pass",
    "user pass",
    "keystore pass",
    "store pass",
];

/// Names that are told by an operator alone.
const PLAIN: &[&str] = &[
    "contraseña",
    "senha",
    "motdepasse",
    "wachtwoord",
    "haslo",
    "heslo",
    "salasana",
    "пароль",
    "密码",
    "비밀번호",
    "smtp pw",
    "card pin",
    "totp",
    "otp",
    "cvv",
    "psk",
    "wpa psk",
    "PHPSESSID",
    "JSESSIONID",
    "session id",
    "sms code",
    "unlock code",
    "recovery code",
];

/// Names whose value is a whole password, in sentences.
pub(crate) const TOLD: &[&str] = &["password", "Password", "passwd", "passphrase", "passcode", "pwd", "DB_PASSWORD"];

const PREFIXES: &[&str] = &["", "", "", "db", "app", "my", "prod", "mysql root", "aws", "x", "svc 2"];

/// A name that has a stem.
pub(crate) fn stemmed(random: &mut Random) -> String {
    let words = random.pick(STEMMED);
    let prefix = random.pick(PREFIXES);
    spelled(&format!("{prefix} {words}"), random)
}

/// Any name.
pub(crate) fn any(random: &mut Random) -> String {
    if random.below(4) > 0 {
        return stemmed(random);
    }
    let words = random.pick(PLAIN);
    if words.is_ascii() && words.contains(' ') { spelled(words, random) } else { words.to_owned() }
}

/// Words as one name.
fn spelled(words: &str, random: &mut Random) -> String {
    let words: Vec<&str> = words.split_whitespace().collect();
    let capital = |word: &&str| word[..1].to_uppercase() + &word[1..];
    let pascal: String = words.iter().map(capital).collect();
    match random.below(8) {
        0 => words.join("_").to_uppercase(),
        1 => words.join("-"),
        2 => words.join("."),
        3 => pascal[..1].to_lowercase() + &pascal[1..],
        4 => pascal,
        5 => words.iter().map(capital).collect::<Vec<_>>().join("-"),
        6 => words.join("_") + random.pick(&["_2", "1", "", ""]),
        _ => words.join("_"),
    }
}
