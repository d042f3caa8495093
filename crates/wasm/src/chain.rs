//! Judging one certificate.

use sceau_smime::path::{PathReport, PolicyInput, Validation, validate};
use sceau_smime::x509::GeneralName;
use sceau_smime::{Budget, Certificate, Error, ObjectIdentifier, Purpose, Structure, UnixTime};
use serde::Deserialize;
use wasm_bindgen::JsValue;
use wasm_bindgen::prelude::wasm_bindgen;

use crate::argument::from_js;
use crate::error::Failure;
use crate::report::to_js;
use crate::trust::TrustSettings;

/// Names in [`Options`].
const OPTIONS: &[&str] = &[
    "now",
    "purpose",
    "names",
    "policies",
    "requireExplicitPolicy",
    "inhibitMapping",
    "inhibitAnyPolicy",
    "maxDepth",
    "dangerLegacy",
];

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Options {
    /// Seconds since 1970.
    now: i64,
    #[serde(default)]
    purpose: PurposeName,
    #[serde(default)]
    names: Vec<String>,
    #[serde(default)]
    policies: Vec<String>,
    #[serde(default)]
    require_explicit_policy: bool,
    #[serde(default)]
    inhibit_mapping: bool,
    #[serde(default)]
    inhibit_any_policy: bool,
    #[serde(default)]
    max_depth: Option<usize>,
    #[serde(default)]
    danger_legacy: bool,
}

#[derive(Debug, Clone, Copy, Default, Deserialize)]
#[serde(rename_all = "lowercase")]
enum PurposeName {
    #[default]
    Email,
    Server,
    Client,
    Any,
}

impl From<PurposeName> for Purpose {
    fn from(name: PurposeName) -> Self {
        match name {
            PurposeName::Email => Self::Email,
            PurposeName::Server => Self::Server,
            PurposeName::Client => Self::Client,
            PurposeName::Any => Self::Any,
        }
    }
}

/// Judges a certificate up to a trusted one (RFC 5280 §6): `{ valid, path, policies, reasons }`, as `sceau chain --json`
/// prints it. The first certificate in `leaf` is judged, the others may complete its path.
///
/// # Errors
/// `malformed`, `missing`, `bad_argument`. A certificate that does not stand is no error but `valid: false`.
#[wasm_bindgen(unchecked_return_type = "ChainReport")]
pub fn chain(
    leaf: &[u8],
    trust: &TrustSettings,
    #[wasm_bindgen(unchecked_param_type = "ChainOptions")] options: JsValue,
) -> Result<JsValue, Failure> {
    let options: Options = from_js(options, OPTIONS)?;
    to_js(&judge(leaf, trust, &options)?)
}

fn judge(leaf: &[u8], trust: &TrustSettings, options: &Options) -> Result<PathReport, Failure> {
    let names = options.names.iter().map(|name| parse_name(name)).collect::<Result<Vec<_>, _>>()?;
    let acceptable = options.policies.iter().map(|oid| parse_policy(oid)).collect::<Result<Vec<_>, _>>()?;
    let mut given = Certificate::read_all(leaf)?.into_iter();
    let leaf = given.next().ok_or(Error::Missing { what: Structure::Certificate })?;
    let settings = trust.settings();
    let intermediates: Vec<Certificate> = settings.intermediates.iter().cloned().chain(given).collect();
    let validation = Validation {
        intermediates: &intermediates,
        crls: &settings.crls,
        ocsp: &settings.ocsp,
        purpose: options.purpose.into(),
        policies: PolicyInput {
            acceptable: &acceptable,
            require_explicit: options.require_explicit_policy,
            inhibit_mapping: options.inhibit_mapping,
            inhibit_any: options.inhibit_any_policy,
        },
        strict_profile: matches!(options.purpose, PurposeName::Server | PurposeName::Client),
        revocation: settings.revocation,
        danger_legacy: options.danger_legacy,
        ..Validation::for_email(&settings.anchors, UnixTime(options.now))
    };
    let default = Budget::default();
    let budget = Budget { depth: options.max_depth.unwrap_or(default.depth), ..default };
    Ok(PathReport::new(&leaf, &validate(&leaf, &validation, budget), &names))
}

fn parse_policy(argument: &str) -> Result<ObjectIdentifier, Failure> {
    argument.parse().map_err(|_| Failure::BadArgument(format!("policy {argument:?}")))
}

/// `email:a@b`, `dns:host` or `ip:address`.
fn parse_name(argument: &str) -> Result<GeneralName, Failure> {
    GeneralName::parse(argument).ok_or_else(|| Failure::BadArgument(format!("name {argument:?}")))
}

#[cfg(test)]
mod tests {
    use super::{parse_name, parse_policy};

    #[test]
    fn names_and_policies_are_those_of_the_command_line() {
        for good in
            ["email:a@b.example", "email:é@b.example", "dns:b.example", "ip:192.0.2.1", "ip:2001:db8::1"]
        {
            assert!(parse_name(good).is_ok(), "{good}");
        }
        for bad in ["a@b.example", "mail:a@b.example", "ip:b.example"] {
            assert_eq!(parse_name(bad).unwrap_err().code(), "bad_argument", "{bad}");
        }
        assert_eq!(parse_policy("1.2.3").unwrap().to_string(), "1.2.3");
        assert_eq!(parse_policy("x").unwrap_err().code(), "bad_argument");
    }
}
