//! The forms of the command line, as the contract writes them.

use clap::{Args as ClapArgs, Parser, Subcommand, ValueEnum};

/// Seal, open and judge letters; make keys and certificates.
#[derive(Parser)]
#[command(name = "sceau", version, about)]
pub(crate) struct Args {
    #[command(subcommand)]
    pub(crate) command: Command,
}

#[derive(Subcommand)]
pub(crate) enum Command {
    /// Sign a letter and seal it for its recipients
    Seal(SealArgs),
    /// Open a sealed letter and judge it
    Open(OpenArgs),
    /// Judge a signed letter without keys
    Verify(VerifyArgs),
    /// Check a certificate up to a trusted root
    Chain(ChainArgs),
    /// Make or verify a receipt
    Receipt(ReceiptArgs),
    /// Show what is in a file, without any key
    Inspect(InspectArgs),
    /// List the keys and certificates of a PKCS#12 container
    P12(P12Args),
    /// Make keys
    Key(KeyArgs),
    /// Run an authority
    Ca(CaArgs),
}

impl Command {
    /// Whether results and failures are to be one JSON object.
    pub(crate) fn json(&self) -> bool {
        match self {
            Self::Open(args) => args.judge.json,
            Self::Verify(args) => args.judge.json,
            Self::Chain(args) => args.json,
            Self::Inspect(args) => args.json,
            Self::P12(args) => args.json,
            Self::Receipt(ReceiptArgs { command: ReceiptCommand::Make(args) }) => args.json,
            Self::Receipt(ReceiptArgs { command: ReceiptCommand::Verify(args) }) => args.json,
            Self::Seal(_) | Self::Key(_) | Self::Ca(_) => false,
        }
    }
}

#[derive(ClapArgs)]
pub(crate) struct SealArgs {
    /// The sender's keys: KEY[,cert=F][,password-file=F]
    #[arg(long, value_name = "KEY")]
    pub(crate) from: Vec<String>,
    /// Certificates of the recipients in To and Cc
    #[arg(long, value_name = "CERT")]
    pub(crate) to: Vec<String>,
    /// Certificates of the recipients in Bcc
    #[arg(long, value_name = "CERT")]
    pub(crate) bcc: Vec<String>,
    /// How to write for the recipients' programs
    #[arg(long, value_enum, default_value_t = ProfileArg::Default)]
    pub(crate) profile: ProfileArg,
    /// Repeat the subject at the top of the text, for programs that show only what stands outside (RFC 9788); the parts it
    /// goes into are written anew
    #[arg(long)]
    pub(crate) legacy_display: bool,
    /// Ask for a receipt; the signature it will name is kept beside the letter as NAME.p7s
    #[arg(long)]
    pub(crate) receipt: bool,
    /// The letter as a mail (standard input without it)
    #[arg(long = "in", value_name = "FILE")]
    pub(crate) input: Option<String>,
    /// A file, or a folder for main.eml, bcc-N.eml and sent.eml
    #[arg(long, value_name = "FILE|DIR")]
    pub(crate) out: Option<String>,
    /// Seal even though certificates and addresses do not match: the letter may then reach
    /// somebody whom nobody named
    #[arg(long)]
    pub(crate) danger_recipient_mismatch: bool,
    /// Seal to RSA keys below 2048 bits too: whoever factors one reads the letter
    #[arg(long)]
    pub(crate) danger_legacy: bool,
    /// File with the pass phrase of the keys
    #[arg(long, value_name = "FILE")]
    pub(crate) password_file: Option<String>,
    /// The moment of signing (RFC 3339; now without it)
    #[arg(long, value_name = "MOMENT")]
    pub(crate) at: Option<String>,
}

#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum ProfileArg {
    Default,
    Compat,
    Kim,
    Direct,
    Pq,
}

#[derive(ClapArgs)]
pub(crate) struct OpenArgs {
    /// A key: KEY[,cert=F][,password-file=F]
    #[arg(long, value_name = "KEY")]
    pub(crate) key: Vec<String>,
    /// A key shared with the sender, for envelopes that name it and for EncryptedData
    #[arg(long, value_name = "HEX[:ID]")]
    pub(crate) kek: Vec<String>,
    /// File with a pass phrase shared with the sender
    #[arg(long, value_name = "FILE")]
    pub(crate) recipient_password_file: Option<String>,
    #[command(flatten)]
    pub(crate) judge: JudgeArgs,
}

#[derive(ClapArgs)]
pub(crate) struct VerifyArgs {
    /// The content of a detached signature
    #[arg(long, value_name = "FILE")]
    pub(crate) content: Option<String>,
    #[command(flatten)]
    pub(crate) judge: JudgeArgs,
}

#[derive(ClapArgs)]
pub(crate) struct JudgeArgs {
    /// An address of the reader
    #[arg(long = "self", value_name = "ADDR")]
    pub(crate) own: Vec<String>,
    #[command(flatten)]
    pub(crate) trust: TrustArgs,
    /// Trusted roots of time-stamping authorities; without any no time-stamp is believed
    #[arg(long, value_name = "FILE")]
    pub(crate) tsa_trust: Vec<String>,
    /// How much must be known about revocation
    #[arg(long, value_enum, default_value_t = RevocationArg::IfGiven)]
    pub(crate) revocation: RevocationArg,
    /// Believe certificates that stand for all addresses of a domain (Direct); each such letter says so
    #[arg(long)]
    pub(crate) domain_bound: bool,
    /// One JSON object on standard output
    #[arg(long)]
    pub(crate) json: bool,
    /// Folder for message.eml, text.txt and parts/
    #[arg(long, value_name = "DIR")]
    pub(crate) out: Option<String>,
    /// Folder for what each layer held: layer-NN.bin, outermost first
    #[arg(long, value_name = "DIR")]
    pub(crate) raw: Option<String>,
    /// File with the pass phrase of the keys
    #[arg(long, value_name = "FILE")]
    pub(crate) password_file: Option<String>,
    /// The letter: a mail, PEM or DER (standard input for - or without it)
    #[arg(value_name = "FILE", default_value = "-")]
    pub(crate) file: String,
}

#[derive(ClapArgs)]
pub(crate) struct TrustArgs {
    /// Trusted roots; without any nothing is trusted
    #[arg(long, value_name = "FILE")]
    pub(crate) trust: Vec<String>,
    /// Certificates that may help to build the path
    #[arg(long, value_name = "FILE")]
    pub(crate) intermediates: Vec<String>,
    /// Revocation lists
    #[arg(long, value_name = "FILE")]
    pub(crate) crl: Vec<String>,
    /// OCSP answers, beside or instead of lists
    #[arg(long, value_name = "FILE")]
    pub(crate) ocsp: Vec<String>,
    /// The moment to judge for (RFC 3339; now without it)
    #[arg(long, value_name = "MOMENT")]
    pub(crate) at: Option<String>,
    /// Let SHA-1, RSA-1024 and the like pass as "legacy": they prove nothing any more
    #[arg(long)]
    pub(crate) danger_legacy: bool,
}

#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum RevocationArg {
    Require,
    IfGiven,
    Off,
}

#[derive(ClapArgs)]
pub(crate) struct ChainArgs {
    #[command(flatten)]
    pub(crate) trust: TrustArgs,
    /// An acceptable policy; all are without
    #[arg(long, value_name = "OID")]
    pub(crate) policy: Vec<String>,
    /// The path must be valid for an acceptable policy
    #[arg(long)]
    pub(crate) require_explicit_policy: bool,
    /// Authorities may not map policies to others
    #[arg(long)]
    pub(crate) inhibit_mapping: bool,
    /// "Any policy" in a certificate counts for none
    #[arg(long)]
    pub(crate) inhibit_any_policy: bool,
    /// Most certificates between the root and the one in question
    #[arg(long, value_name = "N")]
    pub(crate) max_depth: Option<usize>,
    /// What the certificate is for
    #[arg(long, value_enum, default_value_t = PurposeArg::Email)]
    pub(crate) purpose: PurposeArg,
    /// A name the certificate must have: email:a@b, dns:host or ip:addr
    #[arg(long, value_name = "NAME")]
    pub(crate) name: Vec<String>,
    /// Do not look at revocation
    #[arg(long)]
    pub(crate) no_revocation: bool,
    /// One JSON object on standard output
    #[arg(long)]
    pub(crate) json: bool,
    /// The certificate, first in its file; others in the file help to build the path
    #[arg(value_name = "LEAF", default_value = "-")]
    pub(crate) leaf: String,
}

#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum PurposeArg {
    Email,
    Server,
    Client,
    Any,
}

#[derive(ClapArgs)]
pub(crate) struct ReceiptArgs {
    #[command(subcommand)]
    pub(crate) command: ReceiptCommand,
}

#[derive(Subcommand)]
pub(crate) enum ReceiptCommand {
    /// Confirm that a letter was opened, when it asks for that and its sender is confirmed
    Make(ReceiptMake),
    /// Check a receipt against the letter it confirms
    Verify(ReceiptVerify),
}

#[derive(ClapArgs)]
pub(crate) struct ReceiptMake {
    /// The keys of whoever confirms: KEY[,cert=F][,password-file=F]
    #[arg(long, value_name = "KEY", required = true)]
    pub(crate) from: Vec<String>,
    /// Keys that open the letter (those of --from without it)
    #[arg(long, value_name = "KEY")]
    pub(crate) key: Vec<String>,
    /// An address of the reader (those of the signing certificate without it)
    #[arg(long = "self", value_name = "ADDR")]
    pub(crate) own: Vec<String>,
    #[command(flatten)]
    pub(crate) trust: TrustArgs,
    /// How much must be known about revocation
    #[arg(long, value_enum, default_value_t = RevocationArg::IfGiven)]
    pub(crate) revocation: RevocationArg,
    /// File with the pass phrase of the keys
    #[arg(long, value_name = "FILE")]
    pub(crate) password_file: Option<String>,
    /// One JSON object on standard output: where the receipt goes, or why there is none
    #[arg(long, requires = "out")]
    pub(crate) json: bool,
    /// The receipt: a mail, or DER where the name ends in .der, .p7m or .p7s
    #[arg(long, value_name = "FILE")]
    pub(crate) out: Option<String>,
    /// The letter: a mail, PEM or DER (standard input for - or without it)
    #[arg(value_name = "FILE", default_value = "-")]
    pub(crate) file: String,
}

#[derive(ClapArgs)]
pub(crate) struct ReceiptVerify {
    /// The letter as it was sent, or the signature that sceau seal kept beside it
    #[arg(long, value_name = "SENT")]
    pub(crate) original: String,
    /// Keys that open the letter or the receipt
    #[arg(long, value_name = "KEY")]
    pub(crate) key: Vec<String>,
    #[command(flatten)]
    pub(crate) trust: TrustArgs,
    /// Trusted roots of time-stamping authorities
    #[arg(long, value_name = "FILE")]
    pub(crate) tsa_trust: Vec<String>,
    /// How much must be known about revocation
    #[arg(long, value_enum, default_value_t = RevocationArg::IfGiven)]
    pub(crate) revocation: RevocationArg,
    /// File with the pass phrase of the keys
    #[arg(long, value_name = "FILE")]
    pub(crate) password_file: Option<String>,
    /// One JSON object on standard output
    #[arg(long)]
    pub(crate) json: bool,
    /// The receipt: a mail, PEM or DER (standard input for - or without it)
    #[arg(value_name = "FILE", default_value = "-")]
    pub(crate) file: String,
}

#[derive(ClapArgs)]
pub(crate) struct InspectArgs {
    /// One JSON object on standard output
    #[arg(long)]
    pub(crate) json: bool,
    /// The file (standard input for - or without it)
    #[arg(value_name = "FILE", default_value = "-")]
    pub(crate) file: String,
}

#[derive(ClapArgs)]
pub(crate) struct P12Args {
    /// One JSON object on standard output
    #[arg(long)]
    pub(crate) json: bool,
    /// File with the pass phrase
    #[arg(long, value_name = "FILE")]
    pub(crate) password_file: Option<String>,
    /// The container (standard input for - or without it)
    #[arg(value_name = "FILE", default_value = "-")]
    pub(crate) file: String,
}

/// How a new container is closed.
#[derive(ClapArgs)]
pub(crate) struct ContainerArgs {
    /// File with the pass phrase of the container
    #[arg(long, value_name = "FILE")]
    pub(crate) password_file: Option<String>,
    /// Rounds of key derivation: fewer than the default make a weak pass phrase easy to guess
    #[arg(long, value_name = "N", default_value_t = sceau_smime::pbe::WRITE_ITERATIONS)]
    pub(crate) danger_iterations: u32,
    /// Check the container with PBMAC1 (RFC 9579), which older programs do not open
    #[arg(long)]
    pub(crate) pbmac1: bool,
}

impl ContainerArgs {
    /// How the container is checked as a whole.
    pub(crate) fn integrity(&self) -> sceau_smime::pkcs12::Integrity {
        use sceau_smime::pkcs12::Integrity;
        if self.pbmac1 { Integrity::Pbmac1 } else { Integrity::Hmac }
    }
}

#[derive(ClapArgs)]
pub(crate) struct KeyArgs {
    #[command(subcommand)]
    pub(crate) command: KeyCommand,
}

#[derive(Subcommand)]
pub(crate) enum KeyCommand {
    /// Make keys with self-signed certificates, or with requests for an authority
    New(KeyNew),
    /// Put issued certificates to the keys that asked for them
    Certify(KeyCertify),
}

#[derive(ClapArgs)]
pub(crate) struct KeyNew {
    /// The name in the certificate
    #[arg(long)]
    pub(crate) name: String,
    /// The mail address in the certificate
    #[arg(long)]
    pub(crate) email: String,
    /// The new container; an existing file is never overwritten
    #[arg(long, value_name = "FILE")]
    pub(crate) out: String,
    /// Kind of key
    #[arg(long, value_enum, default_value_t = AlgorithmArg::P256)]
    pub(crate) algorithm: AlgorithmArg,
    /// One key for signing and sealing instead of two
    #[arg(long)]
    pub(crate) single: bool,
    /// Also make PKCS#10 requests, in this file or on standard output
    #[arg(long, value_name = "FILE", num_args = 0..=1, default_missing_value = "-")]
    pub(crate) csr: Option<String>,
    /// Days for which the self-signed certificates are valid
    #[arg(long, default_value_t = 396, value_parser = clap::value_parser!(i64).range(1..=36500))]
    pub(crate) days: i64,
    #[command(flatten)]
    pub(crate) container: ContainerArgs,
}

#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum AlgorithmArg {
    Rsa2048,
    Rsa3072,
    Rsa4096,
    P256,
    P384,
    P521,
    /// Ed25519 to sign and X25519 to seal
    Ed25519,
    /// ML-DSA-65 to sign, ML-KEM-768 with P-256 to seal: for --profile pq between ourselves
    #[value(name = "ml-dsa-65")]
    MlDsa65,
}

#[derive(ClapArgs)]
pub(crate) struct KeyCertify {
    /// The keys: KEY[,password-file=F]
    #[arg(long, value_name = "KEY")]
    pub(crate) key: Vec<String>,
    /// Files with the issued certificates and, if wanted, those above
    #[arg(long, value_name = "FILE", required = true)]
    pub(crate) cert: Vec<String>,
    /// The new container; an existing file is never overwritten
    #[arg(long, value_name = "FILE")]
    pub(crate) out: String,
    #[command(flatten)]
    pub(crate) container: ContainerArgs,
}

#[derive(ClapArgs)]
pub(crate) struct CaArgs {
    #[command(subcommand)]
    pub(crate) command: CaCommand,
}

#[derive(Subcommand)]
pub(crate) enum CaCommand {
    /// Make an authority; its certificate goes to standard output
    New(CaNew),
    /// Answer requests
    Issue(CaIssue),
    /// Revoke a certificate
    Revoke(CaRevoke),
    /// Publish the revocation list
    Crl(CaCrl),
}

#[derive(ClapArgs)]
pub(crate) struct CaNew {
    /// The authority's name
    #[arg(long)]
    pub(crate) name: String,
    /// A mail domain it may certify
    #[arg(long, value_name = "DOMAIN", required = true)]
    pub(crate) domain: Vec<String>,
    /// The new container with its key; an existing file is never overwritten
    #[arg(long, value_name = "FILE")]
    pub(crate) out: String,
    /// Write the certificate here instead of standard output
    #[arg(long, value_name = "FILE")]
    pub(crate) cert: Option<String>,
    #[command(flatten)]
    pub(crate) container: ContainerArgs,
}

#[derive(ClapArgs)]
pub(crate) struct CaIssue {
    /// The authority's container; its state lies beside it
    #[arg(long, value_name = "FILE")]
    pub(crate) ca: String,
    /// PKCS#10 requests, in PEM or DER
    #[arg(long, value_name = "FILE")]
    pub(crate) csr: String,
    /// The address to certify, whatever the request says
    #[arg(long, value_name = "ADDR")]
    pub(crate) email: String,
    /// Days of validity
    #[arg(long, default_value_t = 396, value_parser = clap::value_parser!(i64).range(1..=3652))]
    pub(crate) days: i64,
    /// What the certificates are for (what the request asks, or both, without it)
    #[arg(long, value_enum)]
    pub(crate) usage: Option<UsageArg>,
    /// File for the certificates
    #[arg(long, value_name = "FILE")]
    pub(crate) out: Option<String>,
    /// File with the pass phrase of the authority
    #[arg(long, value_name = "FILE")]
    pub(crate) password_file: Option<String>,
}

#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum UsageArg {
    Sign,
    Encrypt,
    Both,
}

#[derive(ClapArgs)]
pub(crate) struct CaRevoke {
    /// The authority's container
    #[arg(long, value_name = "FILE")]
    pub(crate) ca: String,
    /// Serial number of the certificate
    #[arg(long, value_name = "HEX")]
    pub(crate) serial: String,
    /// A reason of RFC 5280, such as keyCompromise
    #[arg(long, default_value = "unspecified")]
    pub(crate) reason: String,
    /// File with the pass phrase of the authority
    #[arg(long, value_name = "FILE")]
    pub(crate) password_file: Option<String>,
}

#[derive(ClapArgs)]
pub(crate) struct CaCrl {
    /// The authority's container
    #[arg(long, value_name = "FILE")]
    pub(crate) ca: String,
    /// Hours for which the list is valid
    #[arg(long, default_value_t = 24, value_parser = clap::value_parser!(i64).range(1..=8784))]
    pub(crate) hours: i64,
    /// File for the list
    #[arg(long, value_name = "FILE")]
    pub(crate) out: Option<String>,
    /// File with the pass phrase of the authority
    #[arg(long, value_name = "FILE")]
    pub(crate) password_file: Option<String>,
}
