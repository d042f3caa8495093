//! Files as practices send them: a PDF of one page, a result in the HPRIM médecin form, in the code page of old programs.

use std::fmt::Write as _;

/// A PDF (ISO 32000-1) of one page of text in Helvetica.
pub(crate) fn pdf(title: &str, lines: &[&str]) -> Vec<u8> {
    let mut text = format!("BT /F1 16 Tf 60 770 Td ({}) Tj ET\n", escaped(title));
    for (row, line) in lines.iter().enumerate() {
        let height = 735 - 18 * row;
        let _ = writeln!(text, "BT /F1 11 Tf 60 {height} Td ({}) Tj ET", escaped(line));
    }
    let stream = windows_1252(&text);
    let objects: [Vec<u8>; 5] = [
        b"<< /Type /Catalog /Pages 2 0 R >>".to_vec(),
        b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>".to_vec(),
        b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents 4 0 R /Resources << /Font << /F1 5 0 R >> >> >>"
            .to_vec(),
        [format!("<< /Length {} >>\nstream\n", stream.len()).as_bytes(), &stream, b"\nendstream"].concat(),
        b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica /Encoding /WinAnsiEncoding >>".to_vec(),
    ];
    assembled(&objects)
}

fn assembled(objects: &[Vec<u8>]) -> Vec<u8> {
    let mut file = b"%PDF-1.4\n".to_vec();
    let mut table = format!("xref\n0 {}\n0000000000 65535 f \n", objects.len() + 1);
    for (number, object) in (1..).zip(objects) {
        let _ = writeln!(table, "{:010} 00000 n ", file.len());
        file.extend(format!("{number} 0 obj\n").bytes());
        file.extend(object);
        file.extend(b"\nendobj\n");
    }
    let start = file.len();
    let size = objects.len() + 1;
    file.extend(table.bytes());
    file.extend(format!("trailer\n<< /Size {size} /Root 1 0 R >>\nstartxref\n{start}\n%%EOF\n").bytes());
    file
}

fn escaped(text: &str) -> String {
    text.replace('\\', "\\\\").replace('(', "\\(").replace(')', "\\)")
}

/// Windows-1252, which is PDF's WinAnsiEncoding, for the letters French needs.
fn windows_1252(text: &str) -> Vec<u8> {
    text.chars()
        .map(|c| match c {
            'œ' => 0x9c,
            'Œ' => 0x8c,
            '’' => 0x92,
            '—' => 0x97,
            '€' => 0x80,
            other => u8::try_from(u32::from(other)).unwrap_or(b'?'),
        })
        .collect()
}

/// A patient as an HPRIM header names one.
pub(crate) struct Patient {
    /// The practice's own number.
    pub(crate) number: &'static str,
    /// Family name.
    pub(crate) family: &'static str,
    /// Given name.
    pub(crate) given: &'static str,
    /// dd/mm/yyyy.
    pub(crate) born: &'static str,
}

/// One result: label, code, value, unit, low, high, flag.
pub(crate) type Finding = [&'static str; 7];

/// A report in the HPRIM médecin form (twelve header lines, an empty one, text, results), in CP850 with CRLF.
pub(crate) fn hprim(patient: &Patient, text: &str, findings: &[Finding]) -> Vec<u8> {
    let Patient { number, family, given, born } = patient;
    let mut lines = vec![
        *number,
        family,
        given,
        "12 RUE DES TANNEURS",
        ".",
        "69002 LYON",
        born,
        ".",
        number,
        "20/11/2026",
    ];
    lines.extend(["LABO01     LABORATOIRE BELLECOUR", "MED01      DR LEMOINE", "", text, "****LAB****"]);
    let mut report = lines.join("\r\n");
    for [label, code, value, unit, low, high, flag] in findings {
        let _ = write!(report, "\r\nRES|{label}|{code}|N|{value}|{unit}|{low}|{high}|{flag}|F");
    }
    report.push_str("\r\n****FIN****\r\n****FINFICHIER****\r\n");
    cp850(&report)
}

/// IBM code page 850, for the letters French needs.
fn cp850(text: &str) -> Vec<u8> {
    text.chars()
        .map(|c| match c {
            'é' => 0x82,
            'è' => 0x8a,
            'ê' => 0x88,
            'ë' => 0x89,
            'à' => 0x85,
            'â' => 0x83,
            'ç' => 0x87,
            'î' => 0x8c,
            'ï' => 0x8b,
            'ô' => 0x93,
            'ù' => 0x97,
            'û' => 0x96,
            'É' => 0x90,
            'µ' => 0xe6,
            other => u8::try_from(u32::from(other)).ok().filter(u8::is_ascii).unwrap_or(b'?'),
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn accents_are_one_octet_in_the_old_code_page() {
        assert_eq!(cp850("Glycémie à jeun"), b"Glyc\x82mie \x85 jeun");
    }

    #[test]
    fn the_table_of_a_pdf_points_at_its_objects() {
        let file = pdf("Compte rendu (1)", &["Fraction d’éjection : 58 %"]);
        let text: String = file.iter().copied().map(char::from).collect();
        let start: usize =
            text.rsplit("startxref\n").next().unwrap().lines().next().unwrap().parse().unwrap();
        assert!(text[start..].starts_with("xref\n0 6\n"));
        let third: usize = text[start..].lines().nth(5).unwrap()[..10].parse().unwrap();
        assert!(text[third..].starts_with("3 0 obj\n"));
        assert!(text.contains("(Compte rendu \\(1\\))"));
    }
}
