//! Values of secret names, in the forms of languages, files, logs and shells.

use super::Planted;
use super::names::{self, TOLD};
use super::template::fill;
use super::values::{Kind, value};
use crate::random::Random;

/// A text with `NAME` and `VALUE` in it, and what the value may be.
type Form = (&'static str, Kind);

const BARE: Kind = Kind::Bare;
const TOKEN: Kind = Kind::Token;
const DOUBLE: Kind = Kind::Quoted("\"\\");
const SINGLE: Kind = Kind::Quoted("'\\");
const BACKTICK: Kind = Kind::Quoted("`\\");
/// Between tags.
const ELEMENT: Kind = Kind::Quoted("<>&");

/// Signs and words in front of a value that is not in quotes.
pub(super) const ASSIGNED: &[Form] = &[
    ("NAME=VALUE", BARE),
    ("NAME = VALUE", BARE),
    ("NAME: VALUE", BARE),
    ("NAME:VALUE", BARE),
    ("export NAME=VALUE", BARE),
    ("set NAME=VALUE", BARE),
    ("a=1 NAME=VALUE b=2", BARE),
    ("a=1, NAME=VALUE, b=2", BARE),
    ("a=1; NAME=VALUE; b=2", BARE),
    ("{NAME=VALUE, n=2}", BARE),
    ("{n: 2, NAME: VALUE}", BARE),
    ("User(name=jane, NAME=VALUE)", BARE),
    ("(NAME=VALUE)", BARE),
    ("[NAME=VALUE]", BARE),
    ("user[NAME]=VALUE", Kind::Query),
    ("GET /a?n=1&NAME=VALUE&m=2", Kind::Query),
    ("https://api.example/a?NAME=VALUE", Kind::Query),
    ("n=1&NAME=VALUE", Kind::Query),
    ("> NAME: VALUE", BARE),
    ("NAME=VALUE\\nnext=1", TOKEN),
    ("  \"NAME\": VALUE,", TOKEN),
    ("NAME=VALUE, NAME=[REDACTED]", BARE),
    ("NAME = VALUE # comment", BARE),
    ("NAME = VALUE // comment", BARE),
    ("$NAME=VALUE", BARE),
    ("@NAME=VALUE", BARE),
    ("$env:NAME=VALUE", BARE),
    ("process.env.NAME = VALUE", BARE),
    ("spring.datasource.NAME=VALUE", BARE),
    ("`NAME`: VALUE", BARE),
    ("name=jane&NAME=VALUE HTTP/1.1", Kind::Query),
    ("NAME%3DVALUE%26n%3D1", TOKEN),
    ("Login[user=jane,NAME=VALUE]", BARE),
    ("Login{user='jane', NAME='VALUE'}", SINGLE),
    ("INFO (NAME=VALUE) INFO", BARE),
];

/// Operators of many languages.
pub(super) const OPERATORS: &[Form] = &[
    ("NAME := VALUE", BARE),
    ("NAME => VALUE", BARE),
    ("\u{1b}[33mNAME\u{1b}[0m=VALUE", BARE),
    ("NAME -> VALUE", BARE),
    ("NAME == VALUE", BARE),
    ("NAME === VALUE", BARE),
    ("NAME != VALUE", BARE),
    ("NAME !== VALUE", BARE),
    ("NAME ::= VALUE", BARE),
    ("NAME ::: VALUE", BARE),
    ("NAME ?= VALUE", BARE),
    ("NAME += VALUE", BARE),
    ("NAME ||= VALUE", BARE),
    ("NAME <- VALUE", BARE),
    ("NAME ~> VALUE", BARE),
    ("NAME =: VALUE", BARE),
    ("NAME ??= VALUE", BARE),
    ("NAME  :  VALUE", BARE),
    ("NAME\t=\tVALUE", BARE),
    ("NAME > \"VALUE\"", DOUBLE),
    ("[NAME] => VALUE", BARE),
    (":NAME=>\"VALUE\"", DOUBLE),
    ("%{NAME: \"VALUE\"}", DOUBLE),
    ("'NAME' => 'VALUE',", SINGLE),
    ("\"NAME\" == \"VALUE\"", DOUBLE),
    ("\"VALUE\" == NAME", DOUBLE),
    ("'VALUE' === NAME", SINGLE),
    ("\"VALUE\".equals(NAME)", DOUBLE),
    ("if (NAME == \"VALUE\") {", DOUBLE),
    ("if NAME.equals(\"VALUE\") then", DOUBLE),
    ("strcmp(NAME, \"VALUE\") == 0", DOUBLE),
    ("if NAME in ('VALUE', 'b'):", SINGLE),
    ("NAME => 'VALUE', n => 1", SINGLE),
    ("**NAME**: VALUE", BARE),
    ("NAME: => VALUE", BARE),
    ("NAME=> VALUE", BARE),
    ("NAME :=\"VALUE\"", DOUBLE),
    ("NAME: = VALUE", BARE),
    ("-NAME: VALUE", BARE),
    ("| NAME | VALUE |", TOKEN),
    ("NAME\tVALUE", TOKEN),
];

/// Signs of full width, which are letters for the triggers.
pub(super) const WIDE: &[Form] = &[("NAME＝VALUE", BARE), ("NAME：VALUE", BARE)];

/// Quotes of many languages.
pub(super) const QUOTES: &[Form] = &[
    ("NAME=\"VALUE\"", DOUBLE),
    ("NAME='VALUE'", SINGLE),
    ("NAME: `VALUE`,", BACKTICK),
    ("NAME: “VALUE”", Kind::Quoted("")),
    ("NAME: «VALUE»", Kind::Quoted("")),
    ("NAME: ‘VALUE’", Kind::Quoted("")),
    ("NAME = \"VALUE\"", Kind::Escaped('"')),
    ("NAME = 'VALUE'", Kind::Escaped('\'')),
    ("NAME = @\"VALUE\";", Kind::Doubled('"')),
    ("NAME = @\"VALUE\";", Kind::Quoted("\"\\")),
    ("NAME = N'VALUE'", Kind::Doubled('\'')),
    ("NAME = N'VALUE'", SINGLE),
    ("NAME = b'VALUE'", SINGLE),
    ("NAME = rb\"VALUE\"", DOUBLE),
    ("NAME = f\"VALUE\"", DOUBLE),
    ("NAME = L\"VALUE\";", DOUBLE),
    ("NAME = u'VALUE'", SINGLE),
    ("NAME = $'VALUE'", SINGLE),
    ("NAME = r\"VALUE\"", DOUBLE),
    ("NAME = br'VALUE'", SINGLE),
    ("NAME = u8\"VALUE\";", DOUBLE),
    ("NAME = qq{VALUE};", Kind::Quoted("{}\\")),
    ("NAME = $@\"VALUE\";", DOUBLE),
    ("NAME = \"\"\"\nVALUE\n\"\"\"", Kind::Quoted("\"\\")),
    ("NAME = <<EOF\nVALUE\nEOF", TOKEN),
    ("NAME = \"a\" + \"VALUE\"", DOUBLE),
    ("NAME=%22VALUE%22&n=1", TOKEN),
    ("NAME: ”VALUE”", Kind::Quoted("")),
    ("(\"NAME\" . \"VALUE\")", DOUBLE),
    ("NAME = r#\"VALUE\"#;", Kind::Quoted("\"\\#")),
    ("NAME = R\"x(VALUE)x\";", Kind::Quoted("\\)")),
    ("NAME = q{VALUE};", Kind::Quoted("{}\\")),
    ("NAME = \"\"\"VALUE\"\"\"", DOUBLE),
    ("NAME = '''VALUE'''", SINGLE),
    ("NAME=\\\"VALUE\\\"", DOUBLE),
    ("{\\\"NAME\\\":\\\"VALUE\\\",\\\"n\\\":1}", DOUBLE),
    ("{\\\\\\\"NAME\\\\\\\":\\\\\\\"VALUE\\\\\\\"}", DOUBLE),
    ("NAME=\\'VALUE\\'", SINGLE),
    ("{\\x22NAME\\x22:\\x22VALUE\\x22}", DOUBLE),
    ("\\x22NAME\\x22: \\x22VALUE\\x22, \\x22n\\x22: 1", DOUBLE),
    ("NAME=&quot;VALUE&quot;", Kind::Quoted("&<>\"")),
    ("&quot;NAME&quot;:&quot;VALUE&quot;", Kind::Quoted("&<>\"")),
    ("NAME=&#34;VALUE&#34; n=1", Kind::Quoted("&<>\"")),
    ("NAME=&#39;VALUE&#39;", Kind::Quoted("&<>'")),
    ("a,\"NAME=\"\"VALUE\"\"\",b", DOUBLE),
    ("NAME=\"VALUE", DOUBLE),
    ("{\"NAME\":\"VALUE", DOUBLE),
    ("{'NAME': 'VALUE'}", SINGLE),
    ("{'NAME': b'VALUE', 'n': 1}", SINGLE),
    ("{\"NAME\" : \"VALUE\" , \"n\" : 1}", Kind::Escaped('"')),
    ("NAME: Some(\"VALUE\")", DOUBLE),
    ("NAME: String::from(\"VALUE\"),", DOUBLE),
    ("Login { user: \"jane\", NAME: \"VALUE\" }", DOUBLE),
    ("#<Login @NAME=\"VALUE\">", DOUBLE),
];

/// Types between a name and its value.
pub(super) const TYPES: &[Form] = &[
    ("const NAME: string = \"VALUE\";", DOUBLE),
    ("private NAME: string = 'VALUE';", SINGLE),
    ("let NAME: String? = \"VALUE\"", DOUBLE),
    ("var NAME string = \"VALUE\"", DOUBLE),
    ("String NAME = \"VALUE\";", DOUBLE),
    ("private static final String NAME = \"VALUE\";", DOUBLE),
    ("const NAME: &str = \"VALUE\";", DOUBLE),
    ("static NAME: &'static str = \"VALUE\";", DOUBLE),
    ("const char *NAME = \"VALUE\";", DOUBLE),
    ("char NAME[25] = \"VALUE\";", DOUBLE),
    ("char NAME[] = \"VALUE\";", DOUBLE),
    ("Dim NAME As String = \"VALUE\"", DOUBLE),
    ("Const NAME As String = \"VALUE\"", DOUBLE),
    ("val NAME: String = \"VALUE\"", DOUBLE),
    ("NAME: str = \"VALUE\"", DOUBLE),
    ("NAME: Optional[str] = 'VALUE'", SINGLE),
    ("std::string NAME = \"VALUE\";", DOUBLE),
    ("let NAME: Option<&str> = Some(\"VALUE\");", DOUBLE),
    ("$NAME = \"VALUE\";", Kind::Escaped('"')),
    ("my $NAME = 'VALUE';", SINGLE),
    ("const NAME: string := 'VALUE';", SINGLE),
];

/// Calls, elements, tuples, flags and what else has no operator.
pub(super) const ARGUMENTS: &[Form] = &[
    ("NAME(\"VALUE\")", DOUBLE),
    (".NAME('VALUE')", SINGLE),
    ("std::string NAME(\"VALUE\");", DOUBLE),
    ("config.set(\"NAME\", \"VALUE\")", DOUBLE),
    ("setProperty(\"NAME\", \"VALUE\");", DOUBLE),
    ("map.put(\"NAME\", \"VALUE\")", DOUBLE),
    ("putenv(\"NAME=VALUE\")", DOUBLE),
    ("define('NAME', 'VALUE');", SINGLE),
    ("getenv(\"NAME\", \"VALUE\")", DOUBLE),
    ("env('NAME', 'VALUE')", SINGLE),
    ("buildConfigField 'String', 'NAME', '\"VALUE\"'", Kind::Quoted("'\"\\")),
    ("('NAME', 'VALUE')", SINGLE),
    ("[('n', '1'), ('NAME', 'VALUE')]", SINGLE),
    ("[\"NAME\", \"VALUE\"]", DOUBLE),
    ("setNAME(\"VALUE\")", DOUBLE),
    ("withNAME(\"VALUE\")", DOUBLE),
    ("new Login(NAME: \"VALUE\")", DOUBLE),
    ("login(user=\"jane\", NAME=\"VALUE\")", DOUBLE),
    ("os.environ[\"NAME\"] = \"VALUE\"", DOUBLE),
    ("os.environ.setdefault('NAME', 'VALUE')", SINGLE),
    ("System.setProperty(\"app.NAME\", \"VALUE\")", DOUBLE),
    ("config['NAME'] = 'VALUE'", SINGLE),
    ("config[:NAME] = 'VALUE'", SINGLE),
    ("config.NAME = 'VALUE'", SINGLE),
    ("headers.append(\"NAME\", \"VALUE\")", DOUBLE),
    (".header(\"NAME\", \"VALUE\")", DOUBLE),
    ("(\"NAME\", \"VALUE\"), ", DOUBLE),
    ("@Value(NAME = \"VALUE\")", DOUBLE),
    ("@Login(user = \"jane\", NAME = \"VALUE\")", DOUBLE),
    ("<NAME>VALUE</NAME>", ELEMENT),
    ("<NAME type=\"x\">VALUE</NAME>", ELEMENT),
    ("<ns:NAME>VALUE</ns:NAME>", ELEMENT),
    ("<NAME>\n  VALUE\n</NAME>", ELEMENT),
    ("<NAME><![CDATA[VALUE]]></NAME>", Kind::Quoted("]")),
    ("&lt;NAME&gt;VALUE&lt;/NAME&gt;", ELEMENT),
    ("<login NAME=\"VALUE\" n=\"1\"/>", Kind::Quoted("\"<>&\\")),
    ("--NAME VALUE", TOKEN),
    ("--NAME=VALUE", BARE),
    ("-NAME VALUE", TOKEN),
    ("-DNAME=VALUE", BARE),
    ("/p:NAME=VALUE", BARE),
    ("run --user jane --NAME 'VALUE' --n 1", SINGLE),
    ("run --NAME \"VALUE\"", DOUBLE),
    ("ENV NAME VALUE", TOKEN),
    ("setx NAME VALUE", TOKEN),
    ("map[n:1 NAME:VALUE m:2]", TOKEN),
    ("{jane NAME:VALUE}", TOKEN),
    ("{\"NAME\":[\"VALUE\",\"b\"]}", Kind::Quoted("\"\\")),
    ("[NAME] => VALUE\n", BARE),
    ("[\"NAME\"]=>\n  string(12) \"VALUE\"", DOUBLE),
];

/// Blocks of YAML.
pub(super) const BLOCKS: &[Form] = &[
    ("NAME: |\n  VALUE\nnext: 1", BARE),
    ("NAME: >\n  VALUE", BARE),
    ("NAME: |-\n    VALUE\n", BARE),
    ("NAME: >+\n  VALUE\n", BARE),
    ("a:\n  NAME: |2\n    VALUE\n  b: 1", BARE),
    ("NAME: !!binary |\n  VALUE", BARE),
    ("NAME: &anchor VALUE", TOKEN),
    ("NAME:\n  - VALUE\n  - b\nnext: 1", BARE),
    ("NAME:\n- VALUE\n", BARE),
    ("a:\n  NAME: \"VALUE\"\n  b: 2", DOUBLE),
    ("a:\n  NAME: VALUE\n  b: 2", BARE),
    ("- NAME: VALUE\n", BARE),
    ("kind: Secret\nstringData:\n  NAME: VALUE\n", BARE),
];

/// Names that are values of another field.
pub(super) const PAIRS: &[Form] = &[
    ("{\"name\":\"NAME\",\"value\":\"VALUE\"}", DOUBLE),
    ("{\"Name\": \"NAME\", \"Value\": \"VALUE\"}", DOUBLE),
    ("{\"key\": \"NAME\", \"value\": \"VALUE\"}", DOUBLE),
    ("key=NAME value=VALUE", TOKEN),
    ("name=\"NAME\" value=\"VALUE\"", DOUBLE),
    ("<add key=\"NAME\" value=\"VALUE\" />", Kind::Quoted("\"<>&\\")),
    ("<entry key=\"NAME\">VALUE</entry>", ELEMENT),
    ("<property name=\"NAME\" value=\"VALUE\"/>", Kind::Quoted("\"<>&\\")),
    ("<param name=\"NAME\">VALUE</param>", ELEMENT),
    ("<input type=\"hidden\" name=\"NAME\" value=\"VALUE\">", Kind::Quoted("\"<>&\\")),
    ("<key>NAME</key>\n<string>VALUE</string>", ELEMENT),
    ("- name: NAME\n  value: VALUE", BARE),
    ("- name: NAME\n  value: \"VALUE\"", DOUBLE),
    ("env:\n  - name: \"NAME\"\n    value: 'VALUE'", SINGLE),
    ("{'Name': 'NAME', 'Value': 'VALUE'}", SINGLE),
    ("Name=NAME,Value=VALUE", TOKEN),
    ("name: NAME, value: VALUE", TOKEN),
    ("{Name:NAME Value:VALUE}", TOKEN),
    ("<string name=\"NAME\">VALUE</string>", ELEMENT),
    ("<setting name=\"NAME\"><value>VALUE</value></setting>", ELEMENT),
    ("<meta name=\"NAME\" content=\"VALUE\" />", Kind::Quoted("\"<>&\\")),
];

/// Sentences. `NAME` is a whole password's.
pub(super) const PROSE: &[Form] = &[
    ("the NAME is VALUE", TOKEN),
    ("your NAME is: VALUE", BARE),
    ("NAME is \"VALUE\"", DOUBLE),
    ("NAME was set to VALUE.", TOKEN),
    ("NAME for jane is VALUE", TOKEN),
    ("NAME for user jane: VALUE", BARE),
    ("default NAME: VALUE", BARE),
    ("the NAME has been changed to VALUE", TOKEN),
    ("login with NAME \"VALUE\"", DOUBLE),
    ("login jane NAME VALUE", TOKEN),
    ("machine example.com login jane NAME VALUE", TOKEN),
    ("connecting with NAME 'VALUE' to db", SINGLE),
    ("the following NAME was generated: VALUE", BARE),
    ("Passwort lautet VALUE", TOKEN),
    ("mot de passe: VALUE", BARE),
    ("le mot de passe est VALUE", TOKEN),
    ("set NAME to VALUE", TOKEN),
];

/// Headers, cookies and command lines that are no names and values.
const HEADERS: &[&str] = &[
    "X-Api-Key",
    "x-auth-token",
    "Private-Token",
    "X-Vault-Token",
    "X-Amz-Security-Token",
    "X-Shopify-Access-Token",
    "X-Functions-Key",
    "Ocp-Apim-Subscription-Key",
    "X-Goog-Api-Key",
    "Cf-Access-Client-Secret",
    "DD-API-KEY",
    "DD-APPLICATION-KEY",
    "X-Honeycomb-Team",
    "X-License-Key",
    "X-Insert-Key",
    "Circle-Token",
    "X-Figma-Token",
    "X-Csrf-Token",
    "X-Rapidapi-Key",
    "Xi-Api-Key",
    "X-Parse-Master-Key",
    "X-Hasura-Admin-Secret",
    "X-Plex-Token",
    "Fastly-Key",
    "X-Session-Id",
    "X-Access-Token",
    "X-Hub-Signature-256",
    "X-Slack-Signature",
    "Stripe-Signature",
    "X-Postmark-Server-Token",
    "X-Redmine-Api-Key",
    "X-Sonar-Passcode",
    "X-Forwarded-Access-Token",
    "DPoP",
];

const COOKIES: &[&str] = &[
    "JSESSIONID",
    "PHPSESSID",
    "ASP.NET_SessionId",
    "connect.sid",
    "laravel_session",
    "XSRF-TOKEN",
    "csrftoken",
    "remember_token",
    "_myapp_session",
    "_gitlab_session",
    "__Secure-next-auth.session-token",
    "grafana_session",
    "wordpress_logged_in_x",
    "AWSELBAuthSessionCookie-0",
    "sid",
];

const COMMANDS: &[&str] = &[
    "curl -u jane:VALUE https://example.com",
    "curl -su 'jane:VALUE' https://example.com/a",
    "curl --user jane:VALUE -X POST https://example.com",
    "wget --http-password=VALUE https://example.com",
    "mysql -h db -u root -pVALUE app",
    "mysqldump --password=VALUE app",
    "PGPASSWORD=VALUE psql -h db",
    "redis-cli -h cache -a VALUE ping",
    "sqlcmd -S db -U sa -P VALUE -Q x",
    "ldapsearch -x -D cn=a -w VALUE -b dc=b",
    "sshpass -p VALUE ssh jane@db",
    "docker login -u jane -p VALUE registry",
    "docker run -e DB_PASSWORD=VALUE image",
    "az login --service-principal -u a -p VALUE --tenant t",
    "kubectl --token=VALUE get pods",
    "kubectl create secret generic a --from-literal=password=VALUE",
    "aws configure set aws_secret_access_key VALUE",
    "openssl rsa -passin pass:VALUE -in key.pem",
    "keytool -list -storepass VALUE",
    "java -Djavax.net.ssl.keyStorePassword=VALUE -jar a.jar",
    "ansible-playbook -e db_password=VALUE site.yml",
    "huggingface-cli login --token VALUE",
    "npm config set //registry.npmjs.org/:_authToken VALUE",
];

/// Values of `Authorization`.
const SCHEMES: &[&str] = &[
    "Authorization: VALUE",
    "Authorization: Bearer VALUE",
    "authorization: Basic VALUE",
    "Authorization: Token VALUE",
    "Authorization: ApiKey VALUE",
    "Authorization: SSWS VALUE",
    "Authorization: Splunk VALUE",
    "Authorization: GenieKey VALUE",
    "Authorization: Negotiate VALUE",
    "Authorization: AcmeScheme VALUE",
    "Authorization: key=VALUE",
    "Authorization: Acme-Signed id=jane,sig=VALUE",
    "Authorization: OAuth realm=\"x\", oauth_nonce=\"1\", oauth_signature=\"VALUE\", oauth_version=\"1.0\"",
    "Authorization: Digest username=\"jane\", nonce=\"1\", response=\"VALUE\", qop=auth",
    "Authorization: AWS4-HMAC-SHA256 Credential=x/20260302/us-east-1/s3/aws4_request, SignedHeaders=host, Signature=VALUE",
    "Authorization: Hawk id=\"a\", ts=\"1\", mac=\"VALUE\"",
    "Authorization: SharedAccessSignature sr=a&sig=VALUE&se=1",
    "Authorization: SharedKey account:VALUE",
    "Authorization: MAC id=\"a\", mac=\"VALUE\"",
    "Proxy-Authorization: Basic VALUE",
    "HTTP_AUTHORIZATION=Bearer VALUE",
    "http.request.header.authorization: Bearer VALUE",
    "map[Authorization:[Bearer VALUE]]",
    "('Authorization', 'Bearer VALUE')",
    "{\"Authorization\": \"Acme VALUE\"}",
    "{'authorization': 'Token VALUE'}",
    "curl -H 'Authorization: Bearer VALUE' https://example.com",
    "Bearer: VALUE",
    "sent Bearer VALUE to",
    "oauth_signature=VALUE&oauth_version=1.0",
];

fn planted(forms: &[Form], name: fn(&mut Random) -> String, random: &mut Random) -> Planted {
    let (form, kind) = random.pick(forms);
    let name = name(random);
    let value = value(kind, random);
    let template = form.replace("NAME", &name);
    Planted::new(form, &template, value)
}

/// A form that one text stands for, with a token in it.
fn token_in(forms: &[&'static str], kind: Kind, random: &mut Random) -> Planted {
    let form = random.pick(forms);
    Planted::new(form, &fill(form, random), value(kind, random))
}

pub(super) fn assigned(random: &mut Random) -> Planted {
    planted(ASSIGNED, names::any, random)
}

pub(super) fn operators(random: &mut Random) -> Planted {
    planted(if random.below(16) == 0 { WIDE } else { OPERATORS }, names::stemmed, random)
}

pub(super) fn quotes(random: &mut Random) -> Planted {
    planted(QUOTES, names::stemmed, random)
}

pub(super) fn types(random: &mut Random) -> Planted {
    planted(TYPES, names::stemmed, random)
}

pub(super) fn arguments(random: &mut Random) -> Planted {
    planted(ARGUMENTS, names::stemmed, random)
}

pub(super) fn blocks(random: &mut Random) -> Planted {
    planted(BLOCKS, names::stemmed, random)
}

pub(super) fn pairs(random: &mut Random) -> Planted {
    planted(PAIRS, names::stemmed, random)
}

pub(super) fn prose(random: &mut Random) -> Planted {
    planted(PROSE, |random| random.pick(TOLD).to_owned(), random)
}

pub(super) fn headers(random: &mut Random) -> Planted {
    let value = value(TOKEN, random);
    let (form, name) = match random.below(4) {
        0 => ("HEADER: VALUE", random.pick(HEADERS)),
        1 => ("curl -H 'HEADER: VALUE' https://example.com", random.pick(HEADERS)),
        2 => ("Cookie: a=1; HEADER=VALUE; b=2", random.pick(COOKIES)),
        _ => ("Set-Cookie: HEADER=VALUE; Path=/; HttpOnly", random.pick(COOKIES)),
    };
    Planted::new(name, &form.replace("HEADER", name), value)
}

pub(super) fn commands(random: &mut Random) -> Planted {
    token_in(COMMANDS, TOKEN, random)
}

pub(super) fn schemes(random: &mut Random) -> Planted {
    token_in(SCHEMES, TOKEN, random)
}

/// A key of the record itself, with any value that JSON has.
pub(super) fn json(random: &mut Random) -> Planted {
    let name = names::any(random);
    let kind = random.pick(&[Kind::Quoted(""), TOKEN, Kind::Phrase]);
    let value = value(kind, random);
    Planted::keyed(&name, value)
}

/// A form of any kind, for the test that looks for what is left.
pub(crate) fn any(random: &mut Random) -> Planted {
    let class = random.pick(&[ASSIGNED, OPERATORS, QUOTES, TYPES, ARGUMENTS, BLOCKS, PAIRS]);
    planted(class, names::stemmed, random)
}
