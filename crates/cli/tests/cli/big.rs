//! Letters that are too big for memory: by file and by standard input, in every form of output.

use std::io::Write;
use std::process::Stdio;

use base64::Engine;
use sceau_smime::key::DigestAlgorithm;

use crate::bench::{Bench, PASSWORD, Run, codes};
use crate::letters::exported;

/// Above the threshold by which the command tells big letters from small ones.
const OCTETS: usize = 9 * 1024 * 1024;

fn practice() -> Bench {
    let bench = Bench::new();
    bench.authority();
    bench.person("anne", "");
    bench.person("bernard", "");
    bench.write("mail.eml", mail().as_bytes());
    bench
}

fn image() -> Vec<u8> {
    (0_u32..).map(|at| at.wrapping_mul(2_654_435_761).to_be_bytes()[0]).take(OCTETS).collect()
}

fn mail() -> String {
    let text = base64::engine::general_purpose::STANDARD.encode(image());
    let lines: Vec<&str> =
        text.as_bytes().chunks(76).map(|line| std::str::from_utf8(line).unwrap()).collect();
    format!(
        "From: Anne <anne@clinique.example>\nTo: <bernard@clinique.example>\nSubject: Radiographie\n\
         MIME-Version: 1.0\nContent-Type: multipart/mixed; boundary=b\n\n--b\nContent-Type: text/plain\n\nVoici.\n\
         --b\nContent-Type: image/png; name=\"r.png\"\nContent-Transfer-Encoding: base64\n\
         Content-Disposition: attachment\n\n{}\n--b--\n",
        lines.join("\n")
    )
}

fn with_input(bench: &Bench, arguments: &str, input: &[u8]) -> Run {
    let mut command = bench.command(arguments);
    let mut child = command
        .env("SCEAU_PASSWORD", PASSWORD)
        .current_dir(bench.path(""))
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut stdin = child.stdin.take().unwrap();
    let input = input.to_vec();
    let writer = std::thread::spawn(move || stdin.write_all(&input));
    let run = Run::of(child.wait_with_output().unwrap());
    // A command that refuses does not read to the end.
    let _ = writer.join().unwrap();
    run
}

#[test]
fn a_big_letter_goes_and_arrives() {
    let bench = practice();
    let expected = DigestAlgorithm::Sha256.hash(&image());
    for profile in ["default", "compat"] {
        let seal = format!("seal --from anne.p12 --to bernard.pem --profile {profile}");
        bench.sceau(&format!("{seal} --in mail.eml --out s.eml")).expect(0);
        let mut files = vec!["s.eml"];
        if profile == "default" {
            let piped = with_input(&bench, &seal, &bench.read("mail.eml")).expect(0);
            bench.write("piped.eml", piped.text().as_bytes());
            files = vec!["piped.eml"];
        }
        for file in files {
            let open =
                "open --json --key bernard.p12 --self bernard@clinique.example --trust ca.pem --out got";
            let report = bench.sceau(&format!("{open} {file}")).expect(0).json();
            assert_eq!(report["trust"], "sealed_signed", "{profile}");
            assert_eq!(report["subject"], "Radiographie");
            assert_eq!(report["text"], "Voici.");
            assert_eq!(report["layers"][0]["authenticated"], profile == "default");
            assert_eq!(report["parts"][0]["bytes"], OCTETS);
            assert_eq!(report["parts"][0]["sha256"], hex(&expected));
            assert!(bench.read("got/parts/01-r.png") == image());
            assert_eq!(bench.read("got/text.txt"), b"Voici.");
            let message = bench.read("got/message.eml");
            assert!(message.windows(8).any(|window| window == b"Subject:"));
            let again = with_input(&bench, "open --json --key bernard.p12 --trust ca.pem", &bench.read(file));
            assert_eq!(again.expect(0).json()["parts"], report["parts"]);
        }
        bench.sceau("open --key anne.p12 --trust ca.pem s.eml").expect(2);
    }
}

#[test]
fn a_big_letter_that_was_changed_leaves_nothing_behind() {
    let bench = practice();
    for profile in ["default", "compat"] {
        let seal =
            format!("seal --from anne.p12 --to bernard.pem --profile {profile} --in mail.eml --out s.eml");
        bench.sceau(&seal).expect(0);
        let mut letter = bench.read("s.eml");
        let middle = letter.len() / 2;
        letter[middle] = if letter[middle] == b'A' { b'B' } else { b'A' };
        bench.write("s.eml", &letter);
        let run = bench.sceau("open --json --key bernard.p12 --trust ca.pem --out got s.eml").expect(2);
        assert_eq!(run.json()["error"]["code"], "cannot_open", "{profile}");
        assert!(!bench.path("got").exists());
    }
}

#[test]
fn every_big_copy_has_its_file() {
    let bench = practice();
    bench.person("claire", " --single");
    bench
        .sceau(
            "seal --receipt --from anne.p12 --to bernard.pem --bcc claire.pem --in mail.eml --out letters/",
        )
        .expect(0);
    for (key, file, bcc) in [("bernard", "main.eml", 0), ("claire", "bcc-1.eml", 1), ("anne", "sent.eml", 1)]
    {
        let open = format!("open --json --key {key}.p12 --trust ca.pem letters/{file}");
        let report = bench.sceau(&open).expect(0).json();
        assert_eq!(report["trust"], "sealed_signed");
        assert_eq!(report["bcc"].as_array().unwrap().len(), bcc, "{file}");
    }
    assert!(bench.path("letters/main.p7s").exists());
}

#[test]
fn openssl_reads_our_big_letter_and_we_read_its_streams() {
    let bench = Bench::new();
    exported(&bench, "one");
    let mail = mail().replace("anne@clinique.example", "a@one.example");
    bench.write("mail.eml", mail.replace("bernard@clinique.example", "a@one.example").as_bytes());
    let seal = "seal --from one.key,cert=one.pem --to one.pem --in mail.eml --profile compat --out s.eml";
    bench.sceau(seal).expect(0);
    bench.openssl("cms -decrypt -in s.eml -inkey one.key -recip one.pem -out inner.eml");
    bench.openssl("cms -verify -in inner.eml -CAfile one-ca.pem -out content.eml");
    let content = bench.read("content.eml");
    assert!(content.windows(21).any(|window| window == b"Subject: Radiographie"));
    // Strings in pieces of indefinite length.
    let sign =
        "cms -sign -in content.eml -binary -signer one.pem -inkey one.key -nodetach -stream -out signed.eml";
    bench.openssl(sign);
    let head = "-from a@one.example -to a@one.example -subject S -recip one.pem -stream";
    bench.openssl(&format!("cms -encrypt -binary -in signed.eml -aes256 {head} -out sealed.eml"));
    for (file, trust) in [("sealed.eml", "sealed_signed"), ("signed.eml", "signed")] {
        let open = format!("open --json --key one.key,cert=one.pem --trust one-ca.pem {file}");
        let report = bench.sceau_bare(&open).expect(0).json();
        assert_eq!(report["trust"], trust);
        assert_eq!(report["parts"][0]["bytes"], OCTETS);
    }
}

#[test]
fn a_big_detached_content_is_verified() {
    let bench = Bench::new();
    exported(&bench, "one");
    // Signed with CR LF, kept with LF.
    bench.write("content.txt", "une ligne\n".repeat(OCTETS / 8).as_bytes());
    bench.openssl("cms -sign -in content.txt -signer one.pem -inkey one.key -outform DER -out s.p7s");
    let verify = "verify --json --trust one-ca.pem --content";
    let report = bench.sceau_bare(&format!("{verify} content.txt s.p7s")).json();
    assert_eq!(report["layers"][0]["kind"], "signed");
    assert!(!codes(&report["layers"][0]["reasons"]).contains(&"digest_mismatch"), "{report}");
    bench.write("changed.txt", "une ligue\n".repeat(OCTETS / 8).as_bytes());
    let changed = bench.sceau_bare(&format!("{verify} changed.txt s.p7s")).expect(1).json();
    assert_eq!(changed["trust"], "broken");
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}
