//! A small sample of the long run, for every day.

#[cfg(test)]
mod tests {
    use sceau_suites::differential::{Run, probed};
    use sceau_suites::openssl::OpenSsl;
    use sceau_suites::ours::Library;
    use sceau_suites::party::Oracle;
    use sceau_suites::recipe::Writer;
    use sceau_suites::table::{COMMITTED, Table};
    use sceau_suites::world::World;

    /// Messages each way.
    const COUNT: usize = 100;

    #[test]
    fn a_sample_is_exchanged_with_openssl() {
        let world = World::new(false).unwrap();
        let ours = Library { world: &world };
        let mut openssl = OpenSsl::new(&world).unwrap();
        let version = openssl.version().unwrap_or_default();
        if !version.starts_with("OpenSSL 3.0") {
            eprintln!(
                "SKIPPED: the table is about OpenSSL 3.0, not '{version}', {} messages not run",
                2 * COUNT
            );
            return;
        }
        let mut table = Table::read(COMMITTED).unwrap();
        // Long RSA keys take longer to make than all the rest.
        for writer in [Writer::Ours, Writer::Theirs] {
            for row in ["rsa-3072", "rsa-4096"] {
                table.set("openssl", writer, row, sceau_suites::table::Cell::No);
            }
        }
        let found = probed(&ours, &mut openssl, "openssl", |_| {}).unwrap();
        assert_eq!(table.changes(&found, "openssl"), Vec::<String>::new());
        for writer in [Writer::Ours, Writer::Theirs] {
            let run = Run {
                oracle: "openssl",
                writer,
                seed: 0,
                table: &table,
                most_bytes: 70_000,
                letters_only: false,
            };
            let tally = run.messages(&ours, &mut openssl, 0..COUNT, 1);
            assert!(tally.disagreements.is_empty(), "{:#?}", tally.disagreements);
            assert_eq!(tally.messages, COUNT);
        }
    }
}
