//! TLS to PostgreSQL: with a certificate made for the occasion, which only who knows its root takes.

use std::{fs, path::Path, time::Duration};

use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, IsCa, KeyPair};
use sceau_relay::{
    Fault,
    store::{MemoryBlobs, Store},
};

use super::{database::Shared, storage::Folder};

fn authority(name: &str) -> CertifiedIssuer<'static, KeyPair> {
    let mut params = CertificateParams::new(Vec::<String>::new()).unwrap();
    params.distinguished_name.push(rcgen::DnType::CommonName, name);
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    CertifiedIssuer::self_signed(params, KeyPair::generate().unwrap()).unwrap()
}

/// Has the server speak TLS with that certificate; those who speak in clear go on as before.
fn give(shared: &Shared, certificate: &str, key: &str) {
    let write = |file: &str, text: &str| {
        let lines: Vec<String> = text.lines().map(|line| format!("('{line}')")).collect();
        let lines = lines.join(",");
        shared
            .run(&format!("COPY (SELECT * FROM (VALUES {lines}) AS t) TO PROGRAM 'umask 077; cat > {file}'"));
    };
    write("suite.crt", certificate);
    write("suite.key", key);
    for setting in ["ssl_cert_file = 'suite.crt'", "ssl_key_file = 'suite.key'", "ssl = on"] {
        shared.run(&format!("ALTER SYSTEM SET {setting}"));
    }
    shared.run("SELECT pg_reload_conf()");
    while shared.ask("SHOW ssl") != "on" {
        std::thread::sleep(Duration::from_millis(10));
    }
}

fn open(place: &str) -> Result<Store, Fault> {
    Store::postgres(place, Box::new(MemoryBlobs::default()))
}

fn refusal(place: &str) -> String {
    match open(place) {
        Err(fault) => fault.to_string(),
        Ok(_) => panic!("{place} was taken"),
    }
}

fn pem(folder: &Path, name: &str, authority: &CertifiedIssuer<'_, KeyPair>) -> String {
    let path = folder.join(name);
    fs::write(&path, authority.pem()).unwrap();
    path.display().to_string()
}

#[test]
fn only_the_server_that_is_meant_is_spoken_to() {
    let Some(shared) = Shared::new() else { return };
    let folder = Folder::new("database-tls");
    fs::create_dir_all(&folder.0).unwrap();
    let (ours, anothers) = (authority("ours"), authority("another's"));
    let key = KeyPair::generate().unwrap();
    let certificate = CertificateParams::new(vec!["127.0.0.1".to_owned(), "database.example".to_owned()])
        .and_then(|params| params.signed_by(&key, &ours))
        .unwrap();
    give(&shared, &certificate.pem(), &key.serialize_pem());
    let (root, other) = (pem(&folder.0, "ours.pem", &ours), pem(&folder.0, "others.pem", &anothers));
    let guarded = "SELECT count(*) FROM pg_stat_ssl JOIN pg_stat_activity USING (pid)
        WHERE ssl AND datname = current_database()";
    let place = shared.place();
    for mode in ["verify-full", "require"] {
        let store = open(&format!("{place} sslmode={mode} sslrootcert='{root}'")).unwrap();
        // One for work, one that listens.
        assert_eq!(shared.ask(guarded), "2", "{mode}");
        drop(store);
        while shared.ask(guarded) != "0" {
            std::thread::sleep(Duration::from_millis(10));
        }
    }
    let named = place.replace("host=127.0.0.1", "host=database.example hostaddr=127.0.0.1");
    open(&format!("{named} sslmode=verify-full sslrootcert='{root}'")).unwrap();
    let unknown = refusal(&format!("{place} sslmode=verify-full sslrootcert='{other}'"));
    assert!(unknown.contains("TLS") && unknown.contains("UnknownIssuer"), "{unknown}");
    let unknown = refusal(&format!("{place} sslmode=require"));
    assert!(unknown.contains("UnknownIssuer"), "the system's roots: {unknown}");
    let elsewhere = place.replace("host=127.0.0.1", "host=elsewhere.example hostaddr=127.0.0.1");
    let wrong_name = refusal(&format!("{elsewhere} sslmode=require sslrootcert='{root}'"));
    assert!(wrong_name.contains("elsewhere.example"), "{wrong_name}");
    assert_eq!(shared.ask("SELECT count(*) FROM pg_stat_ssl JOIN pg_stat_activity USING (pid) WHERE NOT ssl AND pid = pg_backend_pid()"), "1");
    open(place).unwrap();
}
