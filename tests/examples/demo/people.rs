//! The five of the demo. None of them exists.

/// A member of the demo practice.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Who {
    /// The general practitioner.
    Lemoine,
    /// The cardiologist.
    Vasseur,
    /// The laboratory.
    Bellecour,
    /// The nurse.
    Benali,
    /// The secretary.
    Carlier,
}

/// Everybody, in the order they are enrolled.
pub(crate) const EVERYBODY: [Who; 5] =
    [Who::Lemoine, Who::Vasseur, Who::Bellecour, Who::Benali, Who::Carlier];

/// The domain the demo's authority speaks for.
pub(crate) const DOMAIN: &str = "demo.sceau.example";

impl Who {
    /// The name in the certificate.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Lemoine => "Dr Claire Lemoine",
            Self::Vasseur => "Dr Antoine Vasseur",
            Self::Bellecour => "Laboratoire Bellecour",
            Self::Benali => "Nadia Benali",
            Self::Carlier => "Sophie Carlier",
        }
    }

    /// What she or he does.
    pub(crate) fn trade(self) -> &'static str {
        match self {
            Self::Lemoine => "médecin généraliste",
            Self::Vasseur => "cardiologue",
            Self::Bellecour => "laboratoire",
            Self::Benali => "infirmière",
            Self::Carlier => "secrétaire médicale",
        }
    }

    /// The address.
    pub(crate) fn address(self) -> String {
        let local = match self {
            Self::Lemoine => "claire.lemoine",
            Self::Vasseur => "antoine.vasseur",
            Self::Bellecour => "labo.bellecour",
            Self::Benali => "nadia.benali",
            Self::Carlier => "sophie.carlier",
        };
        format!("{local}@{DOMAIN}")
    }

    /// The pass phrase of the demo account: printed on the terminal, so no secret.
    pub(crate) fn pass_phrase(self) -> &'static str {
        match self {
            Self::Lemoine => "stéthoscope au clou rouge",
            Self::Vasseur => "le coeur a ses raisons",
            Self::Bellecour => "quatre tubes bouchon violet",
            Self::Benali => "tournée du matin en vélo",
            Self::Carlier => "agenda plein jusqu'à mardi",
        }
    }
}
