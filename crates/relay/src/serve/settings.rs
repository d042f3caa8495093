//! What the relay is started with: flags, then the environment, then a file, then what is usual.

use std::{
    fs, io,
    path::{Path, PathBuf},
};

use clap::{Args, ValueEnum};
use serde::{Deserialize, Deserializer, de};

use crate::{
    doors::Doors,
    network::proxy::{ForwardedField, Network, TrustedProxies},
    push::Contact,
    smtp::start::SmtpSettings,
    watch::{Endpoint, NodeName, Share, Watching},
};

/// Where it listens when nothing is said.
const LISTEN: &str = "127.0.0.1:8080";

/// The flags of `serve`; each has a variable of the environment, and, but for the file itself, a member of the file.
#[derive(Args, Debug, Default)]
pub(crate) struct Flags {
    /// A file with any of what follows; packaging/relay.toml has all of it.
    #[arg(long, env = "SCEAU_RELAY_CONFIG")]
    pub(crate) config: Option<PathBuf>,
    #[command(flatten)]
    pub(crate) said: Said,
}

/// What is said in one place: by flags and environment, or in the file.
#[derive(Args, Debug, Default, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct Said {
    /// The folder of database and blobs.
    #[arg(long, env = "SCEAU_RELAY_DATA")]
    pub(crate) data: Option<PathBuf>,
    /// The name of this relay among those over one database, for its chain of the access trace; the machine's, if not given.
    #[arg(long, env = "SCEAU_RELAY_NODE")]
    #[serde(deserialize_with = "parsed")]
    pub(crate) node: Option<NodeName>,
    /// An address and port; may be given several times; port 0 takes a free one.
    #[arg(long, env = "SCEAU_RELAY_LISTEN", value_delimiter = ',')]
    pub(crate) listen: Vec<String>,
    /// The folder of the built page.
    #[arg(long, env = "SCEAU_RELAY_PAGE")]
    pub(crate) page: Option<PathBuf>,
    /// The certificate for TLS with its issuers, PEM; without it the relay speaks plain HTTP.
    #[arg(long, env = "SCEAU_RELAY_TLS_CERT")]
    pub(crate) tls_cert: Option<PathBuf>,
    /// Its key, PEM. Both files are read again when they change.
    #[arg(long, env = "SCEAU_RELAY_TLS_KEY")]
    pub(crate) tls_key: Option<PathBuf>,
    /// A proxy in front that is believed, an address or a network; may be given several times.
    #[arg(long, env = "SCEAU_RELAY_TRUSTED_PROXY", value_delimiter = ',')]
    #[serde(deserialize_with = "all_parsed")]
    pub(crate) trusted_proxy: Vec<Network>,
    /// The header field in which that proxy says who calls: x-forwarded-for or forwarded.
    #[arg(long, env = "SCEAU_RELAY_FORWARDED_FIELD")]
    #[serde(deserialize_with = "parsed")]
    pub(crate) forwarded_field: Option<ForwardedField>,
    /// Whether requests, uploads and recipients are counted per account and network.
    #[arg(long, env = "SCEAU_RELAY_RATES", value_enum)]
    pub(crate) rates: Option<Switch>,
    /// Where push services can reach the keeper of this relay: a `mailto:` or `https:` URI.
    #[arg(long, env = "SCEAU_RELAY_PUSH_CONTACT")]
    #[serde(deserialize_with = "parsed")]
    pub(crate) push_contact: Option<Contact>,
    /// An address and port where other relays bring letters by SMTP; may be given several times.
    #[arg(long, env = "SCEAU_RELAY_SMTP", value_delimiter = ',')]
    pub(crate) smtp: Vec<String>,
    /// The name this relay has among others; the machine's, if not given.
    #[arg(long, env = "SCEAU_RELAY_SMTP_NAME")]
    pub(crate) smtp_name: Option<String>,
    /// The certificate of that name with its issuers, PEM; that of --tls-cert, if not given.
    #[arg(long, env = "SCEAU_RELAY_SMTP_CERT")]
    pub(crate) smtp_cert: Option<PathBuf>,
    /// Its key, PEM.
    #[arg(long, env = "SCEAU_RELAY_SMTP_KEY")]
    pub(crate) smtp_key: Option<PathBuf>,
    /// Whether letters are taken without TLS as well: whoever listens on the way learns who writes to whom.
    #[arg(long, env = "SCEAU_RELAY_SMTP_DANGER_CLEAR", value_enum)]
    pub(crate) smtp_danger_clear: Option<Switch>,
    /// Where the operator's page and the figures for Prometheus are served: an address of this machine.
    #[arg(long, env = "SCEAU_RELAY_OPERATOR")]
    pub(crate) operator: Option<String>,
    /// A file with the token that whoever looks must show; needed for an address others can reach.
    #[arg(long, env = "SCEAU_RELAY_OPERATOR_TOKEN_FILE")]
    pub(crate) operator_token_file: Option<PathBuf>,
    /// Where spans go: http://HOST:4318 of a collector that takes OTLP over HTTP. Without it none are made.
    #[arg(long, env = "SCEAU_RELAY_OTLP")]
    #[serde(deserialize_with = "parsed")]
    pub(crate) otlp: Option<Endpoint>,
    /// The share of requests that are traced, from 0 to 1.
    #[arg(long, env = "SCEAU_RELAY_OTLP_RATIO")]
    #[serde(deserialize_with = "parsed")]
    pub(crate) otlp_ratio: Option<Share>,
}

/// On or off.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Switch {
    /// It is done.
    On,
    /// It is not.
    Off,
}

fn one<'de, T: std::str::FromStr<Err = &'static str>, D: Deserializer<'de>>(
    text: &str,
) -> Result<T, D::Error> {
    text.parse().map_err(de::Error::custom)
}

fn parsed<'de, T, D>(deserializer: D) -> Result<Option<T>, D::Error>
where
    T: std::str::FromStr<Err = &'static str>,
    D: Deserializer<'de>,
{
    one::<T, D>(&String::deserialize(deserializer)?).map(Some)
}

fn all_parsed<'de, T, D>(deserializer: D) -> Result<Vec<T>, D::Error>
where
    T: std::str::FromStr<Err = &'static str>,
    D: Deserializer<'de>,
{
    Vec::<String>::deserialize(deserializer)?.iter().map(|text| one::<T, D>(text)).collect()
}

/// Why the relay cannot be started with what was said.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Error {
    #[error("{}: {error}", path.display())]
    Unreadable { path: PathBuf, error: io::Error },
    #[error("{}:{line}: {message}", path.display())]
    File { path: PathBuf, line: usize, message: String },
    #[error("say where the data is: --data DIR, SCEAU_RELAY_DATA, or data in the file")]
    NoData,
    #[error("a certificate needs its key and a key its certificate: --tls-cert and --tls-key go together")]
    HalfTls,
    #[error("a certificate needs its key and a key its certificate: --smtp-cert and --smtp-key go together")]
    HalfSmtpTls,
    #[error("--smtp needs a certificate: --smtp-cert and --smtp-key, or --tls-cert and --tls-key")]
    NoSmtpTls,
    #[error("a token is for the operator's port: --operator-token-file needs --operator")]
    NoOperator,
}

/// What the relay is started with.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Settings {
    pub(crate) data: PathBuf,
    pub(crate) node: Option<NodeName>,
    pub(crate) listen: Vec<String>,
    pub(crate) page: Option<PathBuf>,
    /// Certificate and key.
    pub(crate) tls: Option<(PathBuf, PathBuf)>,
    pub(crate) trusted_proxy: Vec<Network>,
    pub(crate) forwarded_field: ForwardedField,
    pub(crate) rates: bool,
    pub(crate) push_contact: Option<Contact>,
    pub(crate) smtp: SmtpSettings,
    pub(crate) watching: Watching,
}

impl Settings {
    /// Gathers what was said.
    ///
    /// # Errors
    /// When the file cannot be read, or something needed was said nowhere.
    pub(crate) fn gather(flags: Flags) -> Result<Self, Error> {
        let file = flags.config.as_deref().map(read).transpose()?.unwrap_or_default();
        Self::of(flags.said.over(file))
    }

    fn of(said: Said) -> Result<Self, Error> {
        let tls = match (said.tls_cert, said.tls_key) {
            (Some(certificate), Some(key)) => Some((certificate, key)),
            (None, None) => None,
            _ => return Err(Error::HalfTls),
        };
        let smtp_tls = match (said.smtp_cert, said.smtp_key) {
            (Some(certificate), Some(key)) => Some((certificate, key)),
            (None, None) => tls.clone(),
            _ => return Err(Error::HalfSmtpTls),
        };
        let danger_clear = said.smtp_danger_clear == Some(Switch::On);
        if !said.smtp.is_empty() && smtp_tls.is_none() && !danger_clear {
            return Err(Error::NoSmtpTls);
        }
        if said.operator_token_file.is_some() && said.operator.is_none() {
            return Err(Error::NoOperator);
        }
        let listen = if said.listen.is_empty() { vec![LISTEN.to_owned()] } else { said.listen };
        Ok(Self {
            data: said.data.ok_or(Error::NoData)?,
            node: said.node,
            listen,
            page: said.page,
            tls,
            trusted_proxy: said.trusted_proxy,
            forwarded_field: said.forwarded_field.unwrap_or_default(),
            rates: said.rates.unwrap_or(Switch::On) == Switch::On,
            push_contact: said.push_contact,
            smtp: SmtpSettings { listen: said.smtp, name: said.smtp_name, tls: smtp_tls, danger_clear },
            watching: Watching {
                operator: said.operator,
                token_file: said.operator_token_file,
                otlp: said.otlp,
                share: said.otlp_ratio.unwrap_or_default(),
            },
        })
    }

    /// How the relay is reached.
    pub(crate) fn doors(&self) -> Doors {
        let proxies = TrustedProxies { networks: self.trusted_proxy.clone(), field: self.forwarded_field };
        Doors { proxies, rates: self.rates, tls: self.tls.is_some() }
    }
}

impl Said {
    /// This, and where nothing was said, that.
    fn over(self, below: Self) -> Self {
        let either = |said: Vec<_>, below| if said.is_empty() { below } else { said };
        let proxies = if self.trusted_proxy.is_empty() { below.trusted_proxy } else { self.trusted_proxy };
        Self {
            data: self.data.or(below.data),
            node: self.node.or(below.node),
            listen: either(self.listen, below.listen),
            page: self.page.or(below.page),
            tls_cert: self.tls_cert.or(below.tls_cert),
            tls_key: self.tls_key.or(below.tls_key),
            trusted_proxy: proxies,
            forwarded_field: self.forwarded_field.or(below.forwarded_field),
            rates: self.rates.or(below.rates),
            push_contact: self.push_contact.or(below.push_contact),
            smtp: either(self.smtp, below.smtp),
            smtp_name: self.smtp_name.or(below.smtp_name),
            smtp_cert: self.smtp_cert.or(below.smtp_cert),
            smtp_key: self.smtp_key.or(below.smtp_key),
            smtp_danger_clear: self.smtp_danger_clear.or(below.smtp_danger_clear),
            operator: self.operator.or(below.operator),
            operator_token_file: self.operator_token_file.or(below.operator_token_file),
            otlp: self.otlp.or(below.otlp),
            otlp_ratio: self.otlp_ratio.or(below.otlp_ratio),
        }
    }
}

fn read(path: &Path) -> Result<Said, Error> {
    let text =
        fs::read_to_string(path).map_err(|error| Error::Unreadable { path: path.to_owned(), error })?;
    parse(&text).map_err(|(line, message)| Error::File { path: path.to_owned(), line, message })
}

/// Reads a file's text; what is wrong comes with its line.
fn parse(text: &str) -> Result<Said, (usize, String)> {
    toml::from_str(text).map_err(|error: toml::de::Error| {
        let before = error.span().and_then(|span| text.get(..span.start)).unwrap_or_default();
        (before.matches('\n').count() + 1, error.message().replace('\n', "; "))
    })
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory as _;

    use super::*;

    const EXAMPLE: &str = include_str!("../../packaging/relay.toml");

    /// The example with every member said, not only explained.
    fn uncommented() -> String {
        let said = |line: &str| match line.strip_prefix('#') {
            Some(member) if !member.starts_with([' ', '#']) => member.to_owned(),
            _ => line.to_owned(),
        };
        EXAMPLE.lines().map(said).collect::<Vec<_>>().join("\n")
    }

    #[test]
    fn the_example_says_what_is_usual() {
        let as_it_is = Settings::of(parse(EXAMPLE).unwrap()).unwrap();
        let usual = Settings::of(Said { data: Some(as_it_is.data.clone()), ..Said::default() }).unwrap();
        assert_eq!(as_it_is, usual);
        let all = Said {
            node: None,
            page: None,
            tls_cert: None,
            tls_key: None,
            push_contact: None,
            smtp_name: None,
            smtp_cert: None,
            smtp_key: None,
            operator: None,
            operator_token_file: None,
            otlp: None,
            ..parse(&uncommented()).unwrap()
        };
        assert_eq!(Settings::of(all).unwrap(), usual, "what the comments show is what holds without them");
    }

    #[test]
    fn every_flag_of_serve_is_in_the_example_and_has_a_variable() {
        #[derive(clap::Parser)]
        struct Program {
            #[command(flatten)]
            flags: Flags,
        }
        let members: toml::Table = uncommented().parse().unwrap();
        let mut flags = 0;
        for argument in Program::command().get_arguments().filter(|argument| argument.get_id() != "config") {
            let name = argument.get_id().as_str();
            assert!(members.contains_key(name), "{name} is not in packaging/relay.toml");
            let variable = argument.get_env().and_then(|name| name.to_str()).unwrap();
            assert_eq!(variable, format!("SCEAU_RELAY_{}", name.to_uppercase()));
            flags += 1;
        }
        assert_eq!(members.len(), flags, "a member without a flag");
    }

    #[test]
    fn what_is_wrong_in_a_file_is_named_with_its_line() {
        for (text, line, word) in [
            ("data = \"x\"\nlisten = [\"a\"]\nlitsen = []\n", 3, "litsen"),
            ("\n\nrates = \"maybe\"\n", 3, "maybe"),
            ("data = 7\n", 1, "invalid type"),
            ("trusted_proxy = [\"10.0.0.0/40\"]\n", 1, "address/bits"),
            ("forwarded_field = \"x-real-ip\"\n", 1, "x-forwarded-for or forwarded"),
            ("push_contact = \"keeper\"\n", 1, "mailto:"),
            ("otlp = \"https://a\"\n", 1, "in clear"),
            ("otlp_ratio = \"2\"\n", 1, "between 0 and 1"),
            ("node = \"a b\"\n", 1, "letters, digits"),
            ("data = \"x\"\ndata = \"y\"\n", 2, "duplicate"),
            ("data = \n", 1, ""),
        ] {
            let (found, message) = parse(text).unwrap_err();
            assert_eq!(found, line, "{text:?}: {message}");
            assert!(message.contains(word) && !message.contains('\n'), "{text:?}: {message}");
        }
    }

    #[test]
    fn a_flag_goes_before_the_file_and_both_halves_of_tls_are_needed() {
        let file = parse("data = \"/file\"\nlisten = [\"a:1\", \"b:2\"]\nrates = \"off\"\n").unwrap();
        let flags = Said { listen: vec!["c:3".to_owned()], ..Said::default() };
        let settings = Settings::of(flags.over(file)).unwrap();
        assert_eq!((settings.data, settings.rates), (PathBuf::from("/file"), false));
        assert_eq!(settings.listen, ["c:3"]);
        let half = Said { data: Some("x".into()), tls_cert: Some("y".into()), ..Said::default() };
        assert!(matches!(Settings::of(half), Err(Error::HalfTls)));
        let half = Said { data: Some("x".into()), operator_token_file: Some("y".into()), ..Said::default() };
        assert!(matches!(Settings::of(half), Err(Error::NoOperator)));
        assert!(matches!(Settings::of(Said::default()), Err(Error::NoData)));
        let smtp = Said { data: Some("x".into()), smtp: vec!["a:25".to_owned()], ..Said::default() };
        assert!(matches!(Settings::of(smtp.clone()), Err(Error::NoSmtpTls)));
        let half = Said { smtp_key: Some("y".into()), ..smtp.clone() };
        assert!(matches!(Settings::of(half), Err(Error::HalfSmtpTls)));
        let shared = Said { tls_cert: Some("c".into()), tls_key: Some("k".into()), ..smtp };
        assert_eq!(Settings::of(shared).unwrap().smtp.tls, Some(("c".into(), "k".into())));
    }
}
