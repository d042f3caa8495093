//! `sceau chain`: one certificate, checked up to a trusted root (RFC 5280 §6).

use sceau_smime::path::{PathReport, PolicyInput, Validation, validate};
use sceau_smime::x509::GeneralName;
use sceau_smime::{Budget, ObjectIdentifier, Purpose, RevocationMode};

use crate::args::{ChainArgs, PurposeArg};
use crate::failure::Failure;
use crate::{files, output, trust};

pub(crate) fn run(args: &ChainArgs) -> Result<u8, Failure> {
    let names: Vec<GeneralName> = args.name.iter().map(|name| parse_name(name)).collect::<Result<_, _>>()?;
    let anchors = trust::anchors(&args.trust.trust)?;
    let mut intermediates = trust::all_certificates(&args.trust.intermediates)?;
    let crls = trust::crls(&args.trust.crl)?;
    let ocsp = trust::answers(&args.trust.ocsp)?;
    let acceptable: Vec<ObjectIdentifier> =
        args.policy.iter().map(|oid| parse_policy(oid)).collect::<Result<_, _>>()?;
    let mut given = trust::certificates(&args.leaf)?.into_iter();
    let leaf = given.next().ok_or_else(|| Failure::usage(format!("{}: no certificate", args.leaf)))?;
    intermediates.extend(given);
    let now = files::moment(args.trust.at.as_deref())?;
    let validation = Validation {
        intermediates: &intermediates,
        crls: &crls,
        ocsp: &ocsp,
        purpose: purpose(args.purpose),
        policies: PolicyInput {
            acceptable: &acceptable,
            require_explicit: args.require_explicit_policy,
            inhibit_mapping: args.inhibit_mapping,
            inhibit_any: args.inhibit_any_policy,
        },
        strict_profile: is_strict(args.purpose),
        revocation: if args.no_revocation { RevocationMode::Off } else { RevocationMode::Require },
        danger_legacy: args.trust.danger_legacy,
        ..Validation::for_email(&anchors, now)
    };
    let report = PathReport::new(&leaf, &validate(&leaf, &validation, budget(args)), &names);
    if args.json {
        output::json(&report)?
    } else {
        output::text(&rendered(&report))?
    }
    Ok(u8::from(!report.valid))
}

fn budget(args: &ChainArgs) -> Budget {
    let default = Budget::default();
    Budget { depth: args.max_depth.unwrap_or(default.depth), ..default }
}

fn purpose(argument: PurposeArg) -> Purpose {
    match argument {
        PurposeArg::Email => Purpose::Email,
        PurposeArg::Server => Purpose::Server,
        PurposeArg::Client => Purpose::Client,
        PurposeArg::Any => Purpose::Any,
    }
}

/// Servers and their clients renew their certificates all the time and are held to the letter of RFC 5280; people's
/// certificates outlive the mistakes of who made them.
fn is_strict(argument: PurposeArg) -> bool {
    matches!(argument, PurposeArg::Server | PurposeArg::Client)
}

fn parse_policy(argument: &str) -> Result<ObjectIdentifier, Failure> {
    argument.parse().map_err(|_| Failure::usage(format!("--policy {argument}: not an object identifier")))
}

fn parse_name(argument: &str) -> Result<GeneralName, Failure> {
    GeneralName::parse(argument)
        .ok_or_else(|| Failure::usage(format!("--name {argument}: write email:a@b, dns:host or ip:addr")))
}

fn rendered(report: &PathReport) -> String {
    let mut lines = vec![if report.valid { "valid".to_owned() } else { "not valid".to_owned() }];
    lines.extend(report.path.iter().map(|subject| format!("path: {subject}")));
    lines.extend(report.policies.iter().map(|policy| format!("policy: {policy}")));
    lines.extend(report.reasons.iter().map(|reason| format!("{}: {}", reason.code, reason.text)));
    lines.join("\n") + "\n"
}
