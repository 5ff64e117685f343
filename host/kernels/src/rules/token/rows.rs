//! The tokens of vendors, as data: a prefix or an infix, and what stands behind and in front of it.
//!
//! Lengths are lower bounds, a little below what vendors and scanners document, and a token runs on to the end of its
//! alphabet: vendors lengthen tokens, and examples are often cut or made up. Ids that only look like tokens, and keys that
//! are public (`pk_live_`, `pub-c-`, `phc_`), are no rows.

use super::alphabet::Alphabet;

/// One form of a token.
pub(super) struct Row {
    /// Whose token it is.
    #[cfg_attr(not(test), expect(dead_code, reason = "tells readers, and tests that fail, what a row is about"))]
    pub(super) vendor: &'static str,
    /// What stands in front of the prefix, for tokens that begin with what is no constant.
    pub(super) before: &'static [Part],
    /// What tells the token.
    pub(super) prefix: &'static str,
    /// What stands behind it.
    pub(super) parts: &'static [Part],
    /// What it runs on with behind its last part.
    pub(super) tail: Alphabet,
    /// Whether the alphabet must end with the last part: for prefixes that also begin words and hashes.
    pub(super) is_bounded: bool,
}

/// A part of a token.
#[derive(Clone, Copy, Debug)]
pub(super) enum Part {
    /// So many bytes of an alphabet.
    Run(Alphabet, u16, u16),
    /// This text.
    Sign(&'static str),
}

impl Row {
    /// Whether the prefix has a sign in it, so that `_` in front of it does not make it the end of a word.
    pub(super) fn has_sign(&self) -> bool {
        self.prefix.bytes().any(|byte| !byte.is_ascii_alphanumeric())
    }

    const fn bounded(mut self) -> Self {
        self.is_bounded = true;
        self
    }

    const fn tail(mut self, tail: Alphabet) -> Self {
        self.tail = tail;
        self
    }
}

const fn row(vendor: &'static str, prefix: &'static str, parts: &'static [Part]) -> Row {
    Row { vendor, before: &[], prefix, parts, tail: B64U, is_bounded: false }
}

/// A token that is told by what stands in its middle or at its end. Parts in front are read from right to left.
const fn infix(vendor: &'static str, before: &'static [Part], infix: &'static str, parts: &'static [Part]) -> Row {
    Row { vendor, before, prefix: infix, parts, tail: B64U, is_bounded: false }
}

const NO_END: u16 = u16::MAX;

/// So many, or more.
const fn from(alphabet: Alphabet, min: u16) -> Part {
    Part::Run(alphabet, min, NO_END)
}

const fn between(alphabet: Alphabet, min: u16, max: u16) -> Part {
    Part::Run(alphabet, min, max)
}

const fn sign(text: &'static str) -> Part {
    Part::Sign(text)
}

const DIGIT: Alphabet = Alphabet::DIGIT;
const HEX: Alphabet = Alphabet::HEX;
const UUID: Alphabet = Alphabet::UUID;
const B36: Alphabet = Alphabet::BASE36;
const UPPER36: Alphabet = Alphabet::UPPER_BASE36;
const AN: Alphabet = Alphabet::ALPHANUMERIC;
const B64: Alphabet = Alphabet::PADDED;
const B64U: Alphabet = Alphabet::BASE64URL;
const DOTTED: Alphabet = Alphabet::DOTTED;
const OPAQUE: Alphabet = Alphabet::OPAQUE;

/// Tokens by what they begin with.
pub(super) static PREFIXED: &[Row] = &[
    // Code and its registries.
    row("GitHub", "ghp_", &[from(AN, 20)]),
    row("GitHub", "gho_", &[from(AN, 20)]),
    row("GitHub", "ghu_", &[from(AN, 20)]),
    row("GitHub", "ghr_", &[from(AN, 20)]),
    // Newer ones are the id of an app and a JWT.
    row("GitHub", "ghs_", &[from(DOTTED, 20)]).tail(DOTTED),
    row("GitHub", "github_pat_", &[from(B64U, 20)]),
    row("GitLab", "glpat-", &[from(DOTTED, 16)]),
    row("GitLab", "gldt-", &[from(B64U, 16)]),
    row("GitLab", "glrt-", &[from(DOTTED, 16)]),
    row("GitLab", "glrtr-", &[from(B64U, 16)]),
    row("GitLab", "glptt-", &[from(B64U, 16)]),
    row("GitLab", "glft-", &[from(B64U, 16)]),
    row("GitLab", "glimt-", &[from(B64U, 16)]),
    row("GitLab", "glagent-", &[from(B64U, 16)]),
    row("GitLab", "gloas-", &[from(B64U, 16)]),
    row("GitLab", "glsoat-", &[from(B64U, 16)]),
    row("GitLab", "glffct-", &[from(B64U, 16)]),
    row("GitLab", "glcbt-", &[from(B64U, 16)]),
    row("GitLab", "glwt-", &[from(B64U, 16)]),
    row("GitLab", "GR1348941", &[from(B64U, 16)]),
    row("Atlassian", "ATATT3", &[from(B64, 40)]).tail(B64),
    row("Atlassian", "ATCTT3", &[from(B64, 40)]).tail(B64),
    row("Atlassian", "ATSTT3", &[from(B64, 40)]).tail(B64),
    row("Bitbucket", "ATBB", &[from(AN.or(Alphabet::OPAQUE), 24)]).tail(OPAQUE),
    row("Bitbucket", "BBDC-", &[from(B64, 36)]).tail(B64),
    row("npm", "npm_", &[from(AN, 30)]),
    row("PyPI", "pypi-AgE", &[from(B64U, 40)]),
    row("RubyGems", "rubygems_", &[from(HEX, 40)]),
    row("NuGet", "oy2", &[between(B36, 40, 48)]).bounded(),
    row("crates.io", "cio", &[between(AN, 32, 34)]).bounded(),
    row("Clojars", "CLOJARS_", &[from(AN, 50)]),
    row("Docker", "dckr_pat_", &[from(B64U, 20)]),
    row("Docker", "dckr_oat_", &[from(B64U, 20)]),
    row("Artifactory", "AKCp", &[from(AN, 50)]),
    row("Artifactory", "AKC", &[between(AN, 64, 80)]).bounded(),
    row("Artifactory", "cmVmd", &[from(AN, 50)]),
    // Infrastructure.
    row("Vault", "hvs.", &[from(B64U, 20)]),
    row("Vault", "hvb.", &[from(B64U, 20)]),
    row("Vault", "hvr.", &[from(B64U, 20)]),
    row("Pulumi", "pul-", &[from(HEX, 36)]),
    row("Doppler", "dp.pt.", &[from(AN, 32)]),
    row("Doppler", "dp.ct.", &[from(AN, 32)]),
    row("Doppler", "dp.sa.", &[from(AN, 32)]),
    row("Doppler", "dp.scim.", &[from(AN, 32)]),
    row("Doppler", "dp.audit.", &[from(AN, 32)]),
    row("Doppler", "dp.st.", &[between(B64U, 2, 35), sign("."), from(AN, 32)]),
    row("Doppler", "dp.st.", &[from(AN, 32)]),
    row("1Password", "ops_eyJ", &[from(B64, 60)]).tail(B64),
    row("1Password", "A3-", &[between(UPPER36, 6, 6), sign("-"), between(UPPER36, 11, 11), from(B64U, 15)]),
    row(
        "1Password",
        "A3-",
        &[between(UPPER36, 6, 6), sign("-"), between(UPPER36, 6, 6), sign("-"), between(UPPER36, 5, 5), from(B64U, 12)],
    ),
    row("age", "AGE-SECRET-KEY-1", &[from(AN, 40)]),
    row("age", "AGE-SECRET-KEY-PQ-1", &[from(AN, 40)]),
    row("Prefect", "pnu_", &[from(AN, 30)]),
    row("Prefect", "pnb_", &[from(AN, 30)]),
    row("Infracost", "ico-", &[from(AN, 30)]),
    row("ReadMe", "rdme_", &[from(AN, 50)]),
    row("Scalingo", "tk-us-", &[from(B64U, 40)]),
    row("Databricks", "dapi", &[from(HEX, 30)]),
    row("Databricks", "dose", &[between(HEX, 32, 34)]).bounded(),
    // Clouds.
    row("AWS", "ABSK", &[from(B64, 90)]).tail(B64),
    row("AWS", "bedrock-api-key-", &[from(B64, 20)]).tail(B64),
    row("AWS", "da2-", &[from(B36, 24)]),
    row("AWS", "amzn.mws.", &[from(UUID, 30)]),
    row("AWS", "IQoJb3JpZ2lu", &[from(B64, 20)]).tail(B64),
    row("AWS", "FwoGZXIv", &[from(B64, 20)]).tail(B64),
    row("AWS", "FQoGZXIv", &[from(B64, 20)]).tail(B64),
    row("Google", "AIza", &[from(B64U, 30)]),
    row("Google", "GOCSPX-", &[from(B64U, 20)]),
    row("Google", "ya29.", &[from(DOTTED, 20)]).tail(DOTTED),
    row("Google", "1//0", &[from(B64U, 32)]),
    row("Google", "AAAA", &[between(B64U, 7, 7), sign(":"), from(B64U, 80)]),
    row("Alibaba", "LTAI", &[between(AN, 12, 24)]).bounded(),
    row("Yandex", "AQVN", &[between(B64U, 35, 40)]).bounded(),
    row("Yandex", "t1.", &[from(B64U, 10), sign("."), from(B64U, 60)]),
    row("Yandex", "y0_", &[from(B64U, 30)]),
    row("Yandex", "y1_", &[from(B64U, 30)]),
    row("Yandex", "y2_", &[from(B64U, 30)]),
    row("Yandex", "y3_", &[from(B64U, 30)]),
    row("DigitalOcean", "dop_v1_", &[from(AN, 40)]),
    row("DigitalOcean", "doo_v1_", &[from(AN, 40)]),
    row("DigitalOcean", "dor_v1_", &[from(AN, 40)]),
    row("Heroku", "HRKU-", &[from(B64U, 30)]),
    row("Fly.io", "fo1_", &[from(B64U, 36)]),
    row("Fly.io", "fm1r_", &[from(B64, 60)]).tail(B64),
    row("Fly.io", "fm1a_", &[from(B64, 60)]).tail(B64),
    row("Fly.io", "fm2_", &[from(B64, 60)]).tail(B64),
    row("Cloudflare", "cfk_", &[from(AN, 36)]),
    row("Cloudflare", "cfut_", &[from(AN, 36)]),
    row("Cloudflare", "cfat_", &[from(AN, 36)]),
    row("Cloudflare", "v1.0-", &[between(HEX, 24, 24), sign("-"), from(HEX, 100)]),
    row("Vercel", "vcp_", &[from(AN, 20)]),
    row("Vercel", "vci_", &[from(AN, 20)]),
    row("Vercel", "vca_", &[from(AN, 20)]),
    row("Vercel", "vcr_", &[from(AN, 20)]),
    row("Vercel", "vck_", &[from(AN, 20)]),
    row("Netlify", "nfp_", &[from(AN, 30)]),
    row("Supabase", "sbp_", &[from(AN, 36)]),
    row("Supabase", "sb_secret_", &[from(B64U, 16)]),
    row("PlanetScale", "pscale_tkn_", &[from(OPAQUE, 30)]).tail(OPAQUE),
    row("PlanetScale", "pscale_pw_", &[from(OPAQUE, 30)]).tail(OPAQUE),
    row("PlanetScale", "pscale_oauth_", &[from(OPAQUE, 30)]).tail(OPAQUE),
    row("MongoDB", "mdb_sa_sk_", &[from(B64U, 30)]),
    row("ClickHouse", "4b1d", &[between(AN, 38, 38)]).bounded(),
    row("Neon", "napi_", &[from(AN, 30)]),
    row("Render", "rnd_", &[from(AN, 24)]),
    row("Tailscale", "tskey-", &[from(B36, 3), sign("-"), from(B64U, 12)]),
    row("OpenShift", "sha256~", &[from(B64U, 36)]),
    // Watching and building.
    row("New Relic", "NRAK-", &[from(UPPER36, 24)]),
    row("New Relic", "NRII-", &[from(B64U, 22)]),
    row("New Relic", "NRIQ-", &[from(B64U, 22)]),
    row("New Relic", "NRRA-", &[from(HEX, 36)]),
    row("New Relic", "NRAA-", &[from(HEX, 24)]),
    row("New Relic", "NRSP-", &[from(B64U, 22)]),
    row("New Relic", "NRJS-", &[from(HEX, 18)]),
    row("New Relic", "NRBR-", &[from(HEX, 18)]),
    row("New Relic", "AA", &[between(HEX, 40, 40), sign("-NRMA")]),
    row("Grafana", "glsa_", &[from(AN, 24)]),
    row("Grafana", "glc_", &[from(B64, 30)]).tail(B64),
    row("Grafana", "eyJrIjoi", &[from(B64, 40)]).tail(B64),
    row("Sentry", "sntrys_", &[from(B64, 40)]).tail(B64),
    row("Sentry", "sntryu_", &[from(AN, 50)]),
    row("Sentry", "sntrya_", &[from(AN, 50)]),
    row("Dynatrace", "dt0", &[between(AN, 3, 3), sign("."), from(UPPER36, 20), sign("."), from(UPPER36, 40)]),
    row("LaunchDarkly", "sdk-", &[between(HEX, 8, 8), sign("-"), between(HEX, 4, 4), from(UUID, 18)]),
    row("LaunchDarkly", "api-", &[between(HEX, 8, 8), sign("-"), between(HEX, 4, 4), from(UUID, 18)]),
    row("LaunchDarkly", "mob-", &[between(HEX, 8, 8), sign("-"), between(HEX, 4, 4), from(UUID, 18)]),
    row("PostHog", "phx_", &[from(AN, 36)]),
    row("PostHog", "phs_", &[from(AN, 36)]),
    row("Honeycomb", "hcaik_", &[from(AN, 30)]),
    row("Honeycomb", "hcaic_", &[from(AN, 30)]),
    row("Honeycomb", "hcamk_", &[from(AN, 30)]),
    row("SonarQube", "squ_", &[from(AN, 36)]),
    row("SonarQube", "sqp_", &[from(AN, 36)]),
    row("SonarQube", "sqa_", &[from(AN, 36)]),
    row("SonarCloud", "sqco_", &[from(AN, 40)]),
    row("Snyk", "snyk_uat.", &[from(DOTTED, 20)]).tail(DOTTED),
    row("Snyk", "snyk_sat.", &[from(DOTTED, 20)]).tail(DOTTED),
    row("Sourcegraph", "sgp_", &[between(AN, 5, 16), sign("_"), from(AN, 36)]),
    row("Sourcegraph", "sgp_", &[from(AN, 36)]),
    row("Sourcegraph", "slk_", &[from(AN, 50)]),
    row("CircleCI", "CCIPAT_", &[from(AN, 16), sign("_"), from(AN, 30)]),
    row("CircleCI", "CCIPRJ_", &[from(AN, 16), sign("_"), from(AN, 30)]),
    row("Buildkite", "bkua_", &[from(AN, 30)]),
    row("Buildkite", "bkaa_", &[from(B64U, 30)]),
    row("Buildkite", "bkaj_", &[from(DOTTED, 30)]).tail(DOTTED),
    row("Octopus Deploy", "API-", &[between(UPPER36, 25, 32)]).bounded(),
    row("Harness", "pat.", &[from(B64U, 20), sign("."), from(AN, 20), sign("."), from(AN, 16)]),
    row("Harness", "sat.", &[from(B64U, 20), sign("."), from(AN, 20), sign("."), from(AN, 16)]),
    row("Postman", "PMAK-", &[from(HEX, 20), sign("-"), from(HEX, 28)]),
    row("Dependency-Track", "odt_", &[from(AN, 30)]),
    row("StackHawk", "hawk.", &[from(B64U, 18), sign("."), from(B64U, 18)]),
    row("Adafruit", "aio_", &[from(AN, 26)]),
    row("Adobe", "p8e-", &[from(AN, 30)]),
    // Messages and mail.
    row("Slack", "xoxb-", &[from(B64U, 20)]),
    row("Slack", "xoxp-", &[from(B64U, 20)]),
    row("Slack", "xoxa-", &[from(B64U, 20)]),
    row("Slack", "xoxr-", &[from(B64U, 20)]),
    row("Slack", "xoxo-", &[from(B64U, 20)]),
    row("Slack", "xoxs-", &[from(B64U, 20)]),
    row("Slack", "xoxc-", &[from(B64U, 20)]),
    row("Slack", "xoxd-", &[from(Alphabet::URL_ENCODED.or(B64), 20)]).tail(Alphabet::URL_ENCODED.or(B64)),
    row("Slack", "xoxe.xoxb-", &[from(B64U, 20)]),
    row("Slack", "xoxe.xoxp-", &[from(B64U, 20)]),
    row("Slack", "xoxe-", &[from(B64U, 20)]),
    row("Slack", "xapp-", &[between(DIGIT, 1, 1), sign("-"), from(B64U, 20)]),
    row("Twilio", "SK", &[between(HEX, 32, 32)]).bounded(),
    row("SendGrid", "SG.", &[from(B64U, 16), sign("."), from(B64U, 30)]),
    row("Mailgun", "key-", &[between(B36, 32, 36)]).bounded(),
    row("Brevo", "xkeysib-", &[from(HEX, 50)]),
    row("Brevo", "xsmtpsib-", &[from(HEX, 50)]),
    row("HubSpot", "pat-na1-", &[from(UUID, 28)]),
    row("HubSpot", "pat-na2-", &[from(UUID, 28)]),
    row("HubSpot", "pat-eu1-", &[from(UUID, 28)]),
    row("HubSpot", "pat-ap1-", &[from(UUID, 28)]),
    row("Salesforce", "00", &[between(AN, 13, 16), sign("!"), from(DOTTED, 60)]).tail(DOTTED),
    row("Salesforce", "5AEP861", &[from(DOTTED, 60)]).tail(DOTTED),
    // Money and shops.
    row("Shopify", "shpat_", &[from(AN, 28)]),
    row("Shopify", "shpca_", &[from(AN, 28)]),
    row("Shopify", "shppa_", &[from(AN, 28)]),
    row("Shopify", "shpss_", &[from(AN, 28)]),
    row("Stripe", "sk_live_", &[from(AN, 10)]),
    row("Stripe", "sk_test_", &[from(AN, 10)]),
    row("Stripe", "sk_prod_", &[from(AN, 10)]),
    row("Stripe", "rk_live_", &[from(AN, 10)]),
    row("Stripe", "rk_test_", &[from(AN, 10)]),
    row("Stripe", "rk_prod_", &[from(AN, 10)]),
    row("Stripe", "whsec_", &[from(B64, 24)]).tail(B64),
    row("Stripe", "pi_", &[from(AN, 20), sign("_secret_"), from(AN, 20)]),
    row("Stripe", "seti_", &[from(AN, 20), sign("_secret_"), from(AN, 20)]),
    row("Square", "sq0atp-", &[from(B64U, 18)]),
    row("Square", "sq0csp-", &[from(B64U, 30)]),
    row("Square", "EAAA", &[between(B64U, 56, 64)]).bounded(),
    row("Facebook", "EAA", &[from(AN, 90)]),
    row("Braintree", "access_token$production$", &[from(B36, 14), sign("$"), from(HEX, 28)]),
    row("Braintree", "access_token$sandbox$", &[from(B36, 14), sign("$"), from(HEX, 28)]),
    row("Plaid", "access-sandbox-", &[from(UUID, 30)]),
    row("Plaid", "access-development-", &[from(UUID, 30)]),
    row("Plaid", "access-production-", &[from(UUID, 30)]),
    row("Adyen", "AQE", &[between(B64, 60, NO_END)]).tail(B64),
    row("Razorpay", "rzp_live_", &[from(AN, 12)]),
    row("Razorpay", "rzp_test_", &[from(AN, 12)]),
    row("Flutterwave", "FLWSECK-", &[from(B64U, 12)]),
    row("Flutterwave", "FLWSECK_TEST-", &[from(B64U, 12)]),
    row("Shippo", "shippo_live_", &[from(AN, 30)]),
    row("Shippo", "shippo_test_", &[from(AN, 30)]),
    row("EasyPost", "EZAK", &[from(AN, 50)]),
    row("EasyPost", "EZTK", &[from(AN, 50)]),
    row("Duffel", "duffel_live_", &[from(B64U, 30)]),
    row("Duffel", "duffel_test_", &[from(B64U, 30)]),
    // Models and their tools.
    row("OpenAI", "sk-", &[between(AN, 20, NO_END)]),
    row("OpenAI", "sk-proj-", &[from(B64U, 20)]),
    row("OpenAI", "sk-svcacct-", &[from(B64U, 20)]),
    row("OpenAI", "sk-service-", &[from(B64U, 40)]),
    row("OpenAI", "sk-admin-", &[from(B64U, 40)]),
    row("OpenAI", "sk-None-", &[from(B64U, 20)]),
    row("Anthropic", "sk-ant-", &[from(B64U, 20)]),
    row("OpenRouter", "sk-or-", &[from(B64U, 36)]),
    row("Langfuse", "sk-lf-", &[from(UUID, 30)]),
    row("Hugging Face", "hf_", &[from(AN, 28)]),
    row("Hugging Face", "api_org_", &[from(AN, 28)]),
    row("Groq", "gsk_", &[from(AN, 40)]),
    row("xAI", "xai-", &[from(AN.or(B64U), 60)]),
    row("Perplexity", "pplx-", &[from(AN, 36)]),
    row("Replicate", "r8_", &[from(B64U, 32)]),
    row("ElevenLabs", "sk_", &[from(HEX, 40)]),
    row("NVIDIA", "nvapi-", &[from(B64U, 50)]),
    row("Pinecone", "pcsk_", &[from(AN, 4), sign("_"), from(AN, 40)]),
    row("LangSmith", "lsv2_pt_", &[from(HEX, 28)]),
    row("LangSmith", "lsv2_sk_", &[from(HEX, 28)]),
    row("Tavily", "tvly-", &[from(B64U, 20)]),
    row("Jina", "jina_", &[from(AN, 40)]),
    row("Firecrawl", "fc-", &[from(HEX, 30)]),
    // People and documents.
    row("Dropbox", "sl.", &[from(B64U, 100)]),
    row("Figma", "figd_", &[from(B64U, 30)]),
    row("Figma", "figo_", &[from(B64U, 30)]),
    row("Figma", "figu_", &[from(B64U, 30)]),
    row("Figma", "figp_", &[from(B64U, 30)]),
    row("Airtable", "pat", &[between(AN, 14, 14), sign("."), from(HEX, 50)]),
    row("Linear", "lin_api_", &[from(AN, 30)]),
    row("Linear", "lin_oauth_", &[from(AN, 30)]),
    row("Notion", "ntn_", &[from(AN, 36)]),
    row("Notion", "secret_", &[from(AN, 38)]),
    row("ClickUp", "pk_", &[between(DIGIT, 6, 9), sign("_"), from(UPPER36, 28)]),
    row("Klaviyo", "pk_", &[from(HEX, 32)]),
    row("Courier", "pk_prod_", &[from(AN, 24)]),
    row("Typeform", "tfp_", &[from(B64U, 36)]),
    row("Frame.io", "fio-u-", &[from(B64U, 50)]),
    row("Mapbox", "sk.ey", &[from(B64U, 40), sign("."), from(B64U, 18)]),
    row("Mapbox", "tk.ey", &[from(B64U, 40), sign("."), from(B64U, 18)]),
    row("Contentful", "CFPAT-", &[from(B64U, 36)]),
    row("Sanity", "sk", &[between(AN, 79, 180)]).bounded(),
    row("PubNub", "sec-c-", &[from(B64, 30)]).tail(B64),
    row("Sumo Logic", "su", &[between(AN, 76, 76)]).bounded(),
    row("Okta", "SSWS 00", &[from(B64U, 30)]),
    row("Twitter", "AAAAAAAAAAAAAAAAAAAAA", &[from(Alphabet::URL_ENCODED, 61)]).tail(Alphabet::URL_ENCODED),
];

/// Tokens by what is in them.
pub(super) static INFIXED: &[Row] = &[
    infix("Terraform", &[between(AN, 12, 16)], ".atlasv1.", &[from(B64U, 50)]),
    // Entra: the digit tells the generation of the secret.
    infix("Azure", &[between(DIGIT, 1, 1), between(OPAQUE, 3, 3)], "Q~", &[between(OPAQUE, 28, 40)]).tail(OPAQUE),
    infix("Azure DevOps", &[between(AN, 70, 80)], "AZDO", &[from(AN, 4)]),
    infix("Azure", &[between(B64, 42, 42)], "+ACR", &[from(B64, 4)]).tail(B64),
    infix("New Relic", &[between(AN, 32, 40)], "NRAL", &[]),
    infix("Mailchimp", &[between(HEX, 30, 34)], "-us", &[between(DIGIT, 1, 3)]).bounded(),
    infix("Telegram", &[between(DIGIT, 5, 16)], ":A", &[between(B64U, 32, NO_END)]),
    // The first part is the base64 of a number.
    infix("Discord", &[between(B64U, 23, 28)], ".", &[between(B64U, 6, 7), sign("."), from(B64U, 26)]),
    infix("Mailgun", &[between(HEX, 32, 32)], "-", &[between(HEX, 8, 8), sign("-"), between(HEX, 8, 8)]).bounded(),
    infix("MaxMind", &[between(AN, 29, 29), Part::Sign("_"), between(AN, 6, 6)], "_mmk", &[]),
    infix("Dropbox", &[between(AN, 11, 11)], "AAAAAAAAAA", &[from(B64U, 40)]),
    infix("Facebook", &[between(DIGIT, 15, 16)], "|", &[between(B64U, 27, 40)]),
    infix("OpenAI", &[between(AN, 20, 20)], "T3BlbkFJ", &[from(B64U, 20)]),
    infix("Airtable", &[from(B64U, 16)], ".v1.", &[from(B64U, 16), sign("."), from(HEX, 40)]),
    infix("Asana", &[from(DIGIT, 16), Part::Sign("/"), between(DIGIT, 1, 1)], ":", &[from(AN, 30)]),
    infix(
        "Asana",
        &[from(DIGIT, 16), Part::Sign("/"), from(DIGIT, 16), Part::Sign("/"), between(DIGIT, 1, 1)],
        ":",
        &[from(AN, 30)],
    ),
];
