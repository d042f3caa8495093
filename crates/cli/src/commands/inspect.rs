//! `sceau inspect`: what a file is and what is in it, as far as that shows without any key.

mod seldom;

use sceau_mime::{Limits, Node as Entity, multipart_signed, structure, unwrap_cms};
use sceau_smime::ca::CertificationRequest;
use sceau_smime::cms::content_info::{ContentInfo, ContentType};
use sceau_smime::cms::envelope::Envelope;
use sceau_smime::cms::recipients::RecipientInfo;
use sceau_smime::cms::signed_data::{SignedData, SignerIdentifier};
use sceau_smime::key::SignatureScheme;
use sceau_smime::name::Name;
use sceau_smime::x509::Extensions;
use sceau_smime::{Certificate, Crl, Error, Pkcs12, PrivateKey, pem};
use serde::Serialize;

use crate::args::InspectArgs;
use crate::failure::{Failure, OwnCause};
use crate::{files, output};

/// Deepest nesting of mails and CMS objects that is shown.
const MAX_DEPTH: usize = 16;

/// Most entries of a revocation list that are shown.
const MAX_ENTRIES: usize = 1_000;

#[derive(Serialize)]
struct Report {
    kind: &'static str,
    tree: Node,
}

/// One line of the tree.
#[derive(Serialize)]
struct Node {
    name: String,
    value: Option<String>,
    children: Vec<Node>,
}

impl Node {
    fn leaf(name: &str, value: impl ToString) -> Self {
        Self { name: name.to_owned(), value: Some(value.to_string()), children: Vec::new() }
    }

    fn branch(name: &str, children: Vec<Self>) -> Self {
        Self { name: name.to_owned(), value: None, children }
    }

    fn render(&self, depth: usize, out: &mut String) {
        out.push_str(&"  ".repeat(depth));
        out.push_str(&self.name);
        if let Some(value) = &self.value {
            out.push_str(": ");
            out.push_str(value);
        }
        out.push('\n');
        for child in &self.children {
            child.render(depth + 1, out);
        }
    }
}

pub(crate) fn run(args: &InspectArgs) -> Result<u8, Failure> {
    let bytes = files::read(&args.file)?;
    let report = report(&bytes).ok_or_else(|| {
        let text = format!("{}: {}", args.file, why_unknown(&bytes));
        Failure::unreadable(OwnCause::UnknownContent, text)
    })?;
    if args.json {
        output::json(&report)?;
    } else {
        let mut text = String::new();
        report.tree.render(0, &mut text);
        output::text(&text)?;
    }
    Ok(0)
}

/// A PEM file says what it should hold.
fn why_unknown(bytes: &[u8]) -> String {
    let blocks = if pem::is_pem(bytes) { pem::blocks(bytes).unwrap_or_default() } else { Vec::new() };
    match blocks.first() {
        Some(block) => format!("it calls itself {:?}, but cannot be read as that", block.label),
        None => "neither a mail nor CMS, certificate, list, container or key".to_owned(),
    }
}

/// Tries one form after the other, the strictest first.
fn report(bytes: &[u8]) -> Option<Report> {
    let key = |bytes| match PrivateKey::read(bytes, None) {
        Ok(key) => Some(Node::branch("private key", vec![Node::leaf("algorithm", key.kind())])),
        Err(Error::PasswordRequired) => {
            Some(Node::branch("private key", vec![Node::leaf("encrypted", "yes")]))
        }
        Err(_) => None,
    };
    let found = |kind, tree| Some(Report { kind, tree });
    if Pkcs12::is_pkcs12(bytes) {
        return found("pkcs12", pkcs12(bytes));
    }
    if let Ok(lists) = Crl::read_all(bytes) {
        return found("crl", several("revocation lists", lists.iter().map(crl).collect()));
    }
    if let Ok(requests) = CertificationRequest::read_all(bytes) {
        return found("request", several("requests", requests.iter().map(request).collect()));
    }
    if let Some(tree) = key(bytes) {
        return found("key", tree);
    }
    let is_bundle = cms_of_file(bytes).is_some();
    if !is_bundle && let Ok(certificates) = Certificate::read_all(bytes) {
        return found("certificate", several("certificates", certificates.iter().map(certificate).collect()));
    }
    if let Some(der) = cms_of_file(bytes) {
        return cms(&der, 0).ok().and_then(|tree| found("cms", tree));
    }
    let mail = structure(bytes, &Limits::default()).ok().filter(|mail| !mail.headers.is_empty())?;
    found("mail", mail_node(&mail, bytes, 0))
}

/// One thing stands for itself, several get a branch.
fn several(name: &str, mut nodes: Vec<Node>) -> Node {
    match nodes.pop() {
        Some(only) if nodes.is_empty() => only,
        Some(last) => {
            nodes.push(last);
            Node::branch(name, nodes)
        }
        None => Node::branch(name, nodes),
    }
}

/// A CMS object that is the file itself, not wrapped in a mail.
fn cms_of_file(bytes: &[u8]) -> Option<Vec<u8>> {
    // A short object could be text, unless it is one as a whole.
    if matches!(bytes, [0x30, _, 0x06, ..]) && ContentInfo::read(bytes).is_ok() {
        return Some(bytes.to_vec());
    }
    let found = unwrap_cms(bytes, &Limits::default()).ok().filter(|found| !found.mail)?;
    ContentInfo::read(&found.der).is_ok().then_some(found.der)
}

fn pkcs12(bytes: &[u8]) -> Node {
    // What is not encrypted shows without a pass phrase; mostly nothing is.
    match Pkcs12::read(bytes, None) {
        Ok(container) => {
            let mut children = vec![Node::leaf("mac", container.mac.as_deref().unwrap_or("none"))];
            children.extend(container.bags.iter().map(|bag| Node::leaf("bag", bag)));
            children.extend(container.certificates.iter().map(certificate));
            Node::branch("pkcs12", children)
        }
        Err(error) => Node::branch("pkcs12", vec![Node::leaf("closed", error)]),
    }
}

fn certificate(certificate: &Certificate) -> Node {
    let mut children = vec![
        Node::leaf("version", certificate.version()),
        Node::leaf("serial", certificate.serial_hex()),
        name("issuer", certificate.issuer()),
        name("subject", certificate.subject()),
        Node::leaf("not before", certificate.not_before().to_rfc3339()),
        Node::leaf("not after", certificate.not_after().to_rfc3339()),
        match certificate.public_key() {
            Ok(key) => Node::leaf("public key", key.kind()),
            Err(error) => Node::leaf("public key", error),
        },
        match certificate.signature_scheme() {
            Ok(scheme) => Node::leaf("signature", scheme.name()),
            Err(error) => Node::leaf("signature", error),
        },
        Node::leaf("sha256", hex::encode(certificate.sha256())),
        Node::leaf("spki sha256", hex::encode(certificate.spki_sha256())),
    ];
    children.push(extensions(certificate.extensions()));
    Node::branch("certificate", children)
}

fn name(label: &str, name: &Name) -> Node {
    Node::leaf(label, name)
}

fn extensions(extensions: &Extensions) -> Node {
    let mut children = Vec::new();
    if let Some(basic) = extensions.basic_constraints {
        let limit = basic.path_len.map_or_else(String::new, |len| format!(", pathLen {len}"));
        children.push(Node::leaf("basicConstraints", format!("cA {}{limit}", basic.ca)));
    }
    if let Some(usage) = extensions.key_usage {
        children.push(Node::leaf("keyUsage", usage.names().join(" ")));
    }
    if let Some(purposes) = &extensions.ext_key_usage {
        let listed: Vec<String> = purposes.iter().map(ToString::to_string).collect();
        children.push(Node::leaf("extKeyUsage", listed.join(" ")));
    }
    children.extend(extensions.subject_alt_names.iter().map(|name| Node::leaf("subjectAltName", name)));
    if let Some(constraints) = &extensions.name_constraints {
        children.extend(constraints.permitted.iter().map(|name| Node::leaf("permitted", name)));
        children.extend(constraints.excluded.iter().map(|name| Node::leaf("excluded", name)));
    }
    for extension in extensions.list() {
        let criticality = if extension.critical { "critical" } else { "not critical" };
        children.push(Node::leaf(&extension.oid.to_string(), criticality));
    }
    Node::branch("extensions", children)
}

fn crl(list: &Crl) -> Node {
    let mut children = vec![
        name("issuer", list.issuer()),
        Node::leaf("this update", list.this_update().to_rfc3339()),
        Node::leaf("next update", list.next_update().map_or_else(|| "none".to_owned(), |t| t.to_rfc3339())),
        Node::leaf("entries", list.entries().len()),
    ];
    children.extend(list.entries().iter().take(MAX_ENTRIES).map(|entry| {
        let what = format!("{} {}", entry.date.to_rfc3339(), entry.reason.name());
        Node::leaf(&hex::encode(&entry.serial), what)
    }));
    Node::branch("crl", children)
}

fn request(request: &CertificationRequest) -> Node {
    let mut children = vec![name("subject", request.subject())];
    children.extend(request.emails().into_iter().map(|email| Node::leaf("email", email)));
    children.push(match request.public_key() {
        Ok(key) => Node::leaf("public key", key.kind()),
        Err(error) => Node::leaf("public key", error),
    });
    let proof = if request.verify().is_ok() { "valid" } else { "not valid" };
    children.push(Node::leaf("proof of possession", proof));
    Node::branch("request", children)
}

fn cms(der: &[u8], depth: usize) -> Result<Node, Error> {
    let info = ContentInfo::read(der)?;
    if let Some(envelope) = Envelope::read(&info)? {
        return Ok(enveloped(&envelope));
    }
    match info.content_type {
        ContentType::SignedData => Ok(signed(&SignedData::read(info.content)?, depth)),
        _ => seldom::node(&info, depth),
    }
}

fn type_name(content_type: ContentType) -> String {
    match content_type {
        ContentType::Data => "data".to_owned(),
        ContentType::SignedData => "SignedData".to_owned(),
        ContentType::EnvelopedData => "EnvelopedData".to_owned(),
        ContentType::AuthEnvelopedData => "AuthEnvelopedData".to_owned(),
        ContentType::CompressedData => "CompressedData".to_owned(),
        ContentType::DigestedData => "DigestedData".to_owned(),
        ContentType::EncryptedData => "EncryptedData".to_owned(),
        ContentType::AuthenticatedData => "AuthenticatedData".to_owned(),
        ContentType::Other(oid) => oid.to_string(),
    }
}

fn enveloped(envelope: &Envelope<'_>) -> Node {
    let recipients = match envelope {
        Envelope::Enveloped(data) => &data.recipients,
        Envelope::Authenticated(data) => &data.recipients,
    };
    let encrypted = envelope.encrypted();
    let mut children = vec![
        Node::leaf("cipher", encrypted.algorithm.cipher.name()),
        Node::leaf("content type", type_name(encrypted.content_type)),
    ];
    children.extend(recipients.iter().map(|recipient| Node::leaf("recipient", recipient_kind(recipient))));
    Node::branch(envelope.type_name(), children)
}

fn recipient_kind(recipient: &RecipientInfo<'_>) -> &'static str {
    match recipient {
        RecipientInfo::KeyTransport(_) => "key transport",
        RecipientInfo::KeyAgreement(_) => "key agreement",
        RecipientInfo::Kem(_) => "key encapsulation",
        RecipientInfo::Kek(_) => "shared key",
        RecipientInfo::Password(_) => "pass phrase",
        RecipientInfo::Other => "other",
    }
}

fn signed(data: &SignedData<'_>, depth: usize) -> Node {
    let mut children = vec![Node::leaf("content type", type_name(data.content_type))];
    children.push(match &data.content {
        Some(content) => Node::leaf("content octets", content.len()),
        None => Node::leaf("content", "detached"),
    });
    for signer in &data.signers {
        let scheme = SignatureScheme::from_cms(&signer.signature_algorithm, None);
        let algorithm = scheme.map_or_else(|error| error.to_string(), SignatureScheme::name);
        let mut fields = vec![Node::leaf("who", identifier(&signer.sid)), Node::leaf("algorithm", algorithm)];
        let ess = signer.ess();
        if let Ok(value) = serde_json::to_value(&ess)
            && !ess.is_empty()
        {
            fields.push(of_json("ess", &value));
        }
        children.push(Node::branch("signer", fields));
    }
    children.extend(data.certificates.iter().map(|der| match Certificate::from_der(der) {
        Ok(read) => certificate(&read),
        Err(error) => Node::leaf("certificate", error),
    }));
    children.extend(data.crls.iter().map(|der| match Crl::from_der(der) {
        Ok(read) => crl(&read),
        Err(error) => Node::leaf("crl", error),
    }));
    if let Some(content) = data.content.as_deref().filter(|_| depth < MAX_DEPTH)
        && let Ok(mail) = structure(content, &Limits::default())
        && !mail.headers.is_empty()
    {
        children.push(mail_node(&mail, content, depth + 1));
    }
    Node::branch("SignedData", children)
}

/// What is already a report, line by line.
fn of_json(name: &str, value: &serde_json::Value) -> Node {
    use serde_json::Value;
    match value {
        Value::Object(fields) => {
            Node::branch(name, fields.iter().map(|(name, value)| of_json(name, value)).collect())
        }
        Value::Array(items) => Node::branch(name, items.iter().map(|item| of_json("item", item)).collect()),
        Value::Null => Node::leaf(name, "none"),
        Value::String(text) => Node::leaf(name, text),
        other => Node::leaf(name, other),
    }
}

fn identifier(sid: &SignerIdentifier) -> String {
    match sid {
        SignerIdentifier::IssuerAndSerialNumber { issuer, serial } => {
            let issuer = Name::from_der(issuer).map_or_else(|_| hex::encode(issuer), |name| name.to_string());
            format!("serial {} of {issuer}", hex::encode(serial))
        }
        SignerIdentifier::SubjectKeyIdentifier(id) => format!("key {}", hex::encode(id)),
    }
}

/// A mail with its parts; CMS objects in it are opened as far as they are not encrypted.
fn mail_node(mail: &Entity, bytes: &[u8], depth: usize) -> Node {
    let mut node = entity(mail, depth);
    if depth >= MAX_DEPTH {
        return node;
    }
    let limits = Limits::default();
    let inner = match multipart_signed(bytes, &limits) {
        Ok(parts) => cms(&parts.signature, depth + 1).ok(),
        Err(_) => unwrap_cms(bytes, &limits).ok().and_then(|found| cms(&found.der, depth + 1).ok()),
    };
    node.children.extend(inner);
    node
}

fn entity(part: &Entity, depth: usize) -> Node {
    let mut children: Vec<Node> =
        part.headers.iter().map(|header| Node::leaf(&header.name, &header.value)).collect();
    if part.children.is_empty() {
        children.push(Node::leaf("octets", part.decoded.len()));
    }
    if depth < MAX_DEPTH {
        children.extend(part.children.iter().map(|child| entity(child, depth + 1)));
    }
    Node { name: "entity".to_owned(), value: Some(part.content_type.media.clone()), children }
}
