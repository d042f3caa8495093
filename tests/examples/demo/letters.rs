//! A dozen letters of an ordinary week. Patients and findings are invented.

use crate::files::{Finding, Patient, hprim, pdf};
use crate::people::Who;

/// A letter to be written.
pub(crate) struct Letter {
    /// Who writes.
    pub(crate) from: Who,
    /// To whom.
    pub(crate) to: Vec<Who>,
    /// Cc.
    pub(crate) cc: Vec<Who>,
    /// Bcc.
    pub(crate) bcc: Vec<Who>,
    /// The subject; empty for an answer, which takes the one it answers.
    pub(crate) subject: &'static str,
    /// The words.
    pub(crate) text: &'static str,
    /// Name, media type, bytes.
    pub(crate) files: Vec<(&'static str, &'static str, Vec<u8>)>,
    /// The letter it answers: the newest in the writer's inbox from this person.
    pub(crate) answers: Option<Who>,
}

impl Letter {
    fn new(from: Who, to: Who, subject: &'static str, text: &'static str) -> Self {
        let (cc, bcc, files) = (Vec::new(), Vec::new(), Vec::new());
        Self { from, to: vec![to], cc, bcc, subject, text, files, answers: None }
    }

    fn answer(from: Who, to: Who, text: &'static str) -> Self {
        Self { answers: Some(to), ..Self::new(from, to, "", text) }
    }

    fn cc(mut self, who: Who) -> Self {
        self.cc.push(who);
        self
    }

    fn bcc(mut self, who: Who) -> Self {
        self.bcc.push(who);
        self
    }

    fn pdf(mut self, name: &'static str, title: &str, lines: &[&str]) -> Self {
        self.files.push((name, "application/pdf", pdf(title, lines)));
        self
    }

    fn hprim(mut self, name: &'static str, patient: &Patient, text: &str, findings: &[Finding]) -> Self {
        self.files.push((name, "text/plain", hprim(patient, text, findings)));
        self
    }
}

const TESSIER: Patient =
    Patient { number: "TES014", family: "TESSIER", given: "JEAN-MARC", born: "02/07/1961" };
const NOEUVEGLISE: Patient =
    Patient { number: "NOE007", family: "NOEUVEGLISE", given: "ELOISE", born: "17/03/1958" };
const GARNIER: Patient = Patient { number: "GAR021", family: "GARNIER", given: "LUCIEN", born: "29/10/1943" };

/// In the order they were written.
pub(crate) fn all() -> Vec<Letter> {
    let mut letters = cardiology();
    letters.extend(laboratory());
    letters.extend(at_home());
    letters
}

fn cardiology() -> Vec<Letter> {
    vec![
        Letter::new(
            Who::Lemoine,
            Who::Vasseur,
            "Demande d’avis : douleurs thoraciques d’effort, Mme Odette Fabre",
            "Cher confrère,\n\nJe vous adresse Mme Odette Fabre, 71 ans, pour des douleurs thoraciques survenant à l’effort \
             depuis trois semaines, calmées par le repos. Hypertension traitée, pas de diabète. L’ECG de repos, joint, ne \
             montre pas de trouble de la repolarisation.\n\nPourriez-vous la voir dans les quinze jours ?\n\nBien \
             confraternellement,\nClaire Lemoine",
        )
        .pdf("ECG du 18 novembre.pdf", "Électrocardiogramme de repos", &[
            "Mme Odette FABRE, née le 04/05/1955",
            "Rythme sinusal régulier à 72/min. PR 160 ms. QRS 88 ms.",
            "Axe normal. Pas de trouble de la repolarisation.",
        ]),
        Letter::answer(
            Who::Vasseur,
            Who::Lemoine,
            "Chère consœur,\n\nJe verrai Mme Fabre jeudi à 14 h 20 ; une épreuve d’effort suivra si besoin. Qu’elle continue \
             son traitement sans rien changer, et qu’elle appelle le 15 si une douleur dure plus de dix minutes.\n\nBien à \
             vous,\nAntoine Vasseur",
        ),
        Letter::new(
            Who::Vasseur,
            Who::Lemoine,
            "Compte rendu d’échocardiographie — Éloïse Nœuvéglise",
            "Chère consœur,\n\nL’échocardiographie de Mme Nœuvéglise est rassurante : fraction d’éjection à 58 %, pas de \
             valvulopathie significative, pressions de remplissage normales. Je propose de poursuivre le bisoprolol à 2,5 mg \
             et de la revoir dans un an.\n\nLe compte rendu complet est joint.\n\nBien à vous,\nAntoine Vasseur",
        )
        .cc(Who::Bellecour)
        .bcc(Who::Benali)
        .pdf("Échocardiographie Nœuvéglise.pdf", "Échocardiographie transthoracique", &[
            "Mme Éloïse NŒUVÉGLISE, née le 17/03/1958",
            "Ventricule gauche non dilaté, fraction d’éjection 58 % (Simpson biplan).",
            "Oreillette gauche 22 cm². Pas de valvulopathie significative.",
            "Pression artérielle pulmonaire systolique estimée à 28 mmHg.",
            "Conclusion : examen normal pour l’âge.",
        ]),
        Letter::answer(
            Who::Lemoine,
            Who::Vasseur,
            "Merci pour ce compte rendu rapide. Je la vois mardi et lui remettrai l’ordonnance.\n\nClaire Lemoine",
        ),
    ]
}

fn laboratory() -> Vec<Letter> {
    vec![
        Letter::new(
            Who::Bellecour,
            Who::Lemoine,
            "Résultats : bilan lipidique et glycémie, M. Jean-Marc Tessier",
            "Docteur,\n\nVeuillez trouver les résultats de M. Tessier, prélevé le 20 novembre à jeun. Le LDL reste au-dessus \
             de l’objectif.\n\nLe fichier HPRIM se classe directement dans votre logiciel.\n\nLaboratoire Bellecour",
        )
        .hprim("TESSIER_20112026.hpr", &TESSIER, "Bilan lipidique, sérum prélevé à jeun", &[
            ["Glycémie à jeun", "GLY", "1,04", "g/L", "0,70", "1,10", "N"],
            ["Cholestérol total", "CHOL", "2,31", "g/L", "1,50", "2,00", "H"],
            ["Cholestérol LDL", "LDL", "1,52", "g/L", "0,00", "1,00", "H"],
            ["Triglycérides", "TG", "1,21", "g/L", "0,35", "1,50", "N"],
        ])
        .pdf("TESSIER bilan lipidique.pdf", "Laboratoire Bellecour : bilan lipidique", &[
            "M. Jean-Marc TESSIER, né le 02/07/1961",
            "Glycémie à jeun 1,04 g/L (0,70 - 1,10)",
            "Cholestérol total 2,31 g/L ; LDL 1,52 g/L ; triglycérides 1,21 g/L",
        ]),
        Letter::new(
            Who::Bellecour,
            Who::Lemoine,
            "INR à 4,8 : M. Lucien Garnier, à voir ce jour",
            "Docteur,\n\nL’INR de M. Garnier est à 4,8 (cible 2 à 3), contrôlé sur un second passage. Nous l’avons prévenu \
             par téléphone à 11 h 40 et il attend votre appel.\n\nLaboratoire Bellecour",
        )
        .hprim("GARNIER_INR.hpr", &GARNIER, "INR sous anticoagulant", &[
            ["INR", "INR", "4,8", "", "2,0", "3,0", "HH"],
        ]),
        Letter::answer(
            Who::Lemoine,
            Who::Bellecour,
            "Bien reçu, merci de l’avoir appelé. Fluindione arrêtée ce soir, contrôle demandé après-demain.\n\nClaire Lemoine",
        ),
        Letter::new(
            Who::Bellecour,
            Who::Vasseur,
            "BNP et créatinine, Mme Éloïse Nœuvéglise",
            "Docteur,\n\nBNP à 64 ng/L et créatinine à 71 µmol/L : dans les valeurs de référence.\n\nLaboratoire Bellecour",
        )
        .hprim("NOEUVEGLISE_BNP.hpr", &NOEUVEGLISE, "Dosages demandés avant échocardiographie", &[
            ["BNP", "BNP", "64", "ng/L", "0", "100", "N"],
            ["Créatinine", "CREA", "71", "µmol/L", "45", "84", "N"],
        ]),
    ]
}

fn at_home() -> Vec<Letter> {
    vec![
        Letter::new(
            Who::Lemoine,
            Who::Benali,
            "Pansements à domicile : Mme Odette Fabre",
            "Bonjour Nadia,\n\nPourriez-vous passer chez Mme Fabre pour un pansement d’ulcère de la jambe gauche, trois fois \
             par semaine pendant un mois ? L’ordonnance est jointe ; elle est chez elle le matin.\n\nMerci,\nClaire",
        )
        .pdf("Ordonnance soins infirmiers.pdf", "Ordonnance", &[
            "Dr Claire LEMOINE, médecin généraliste, Lyon 2e",
            "Mme Odette FABRE, née le 04/05/1955",
            "Faire pratiquer à domicile, par une infirmière diplômée d’État :",
            "pansement d’ulcère de jambe gauche, 3 fois par semaine pendant 1 mois.",
        ]),
        Letter::answer(
            Who::Benali,
            Who::Lemoine,
            "Bonjour Docteur,\n\nC’est noté : lundi, mercredi et vendredi vers 8 h 30. Premier passage demain, je vous envoie \
             une photo de l’ulcère si l’évolution m’inquiète.\n\nNadia Benali",
        ),
        Letter::new(
            Who::Carlier,
            Who::Vasseur,
            "Rendez-vous déplacés cette semaine",
            "Docteur,\n\nDeux rendez-vous ont bougé : Mme Fabre passe de mercredi à jeudi 14 h 20, M. Aubert de jeudi à \
             vendredi 9 h. L’agenda est à jour.\n\nSophie Carlier",
        )
        .cc(Who::Lemoine),
        Letter::new(
            Who::Carlier,
            Who::Lemoine,
            "Vaccins de Mathis Renaud : la mère rappelle",
            "Docteur,\n\nLa mère de Mathis Renaud (11 mois) demande si le rappel de mardi peut être avancé à lundi. Je lui ai \
             dit que vous décideriez ce soir.\n\nSophie Carlier",
        ),
    ]
}
