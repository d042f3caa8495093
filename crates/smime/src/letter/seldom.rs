//! Layers that letters seldom have: compressed, digested, authenticated, encrypted under a shared key.

use rand_core::CryptoRng;

use super::judged::LayerReport;
use super::peel::{Peel, Peeled, Peeler, inside};
use super::plain_layers::{AuthenticatedLayer, CompressedLayer, DigestedLayer};
use crate::cms::authenticated_data::AuthenticatedData;
use crate::cms::compressed_data::CompressedData;
use crate::cms::content_info::{ContentInfo, ContentType};
use crate::cms::digested_data::DigestedData;
use crate::cms::encrypted_data::EncryptedData;
use crate::error::{Error, Result};

impl Peeler<'_> {
    /// Takes off one of these layers.
    ///
    /// # Errors
    /// As [`Peeler::peel`]. A digest that does not fit is no error: it is reported in its layer. A message
    /// authentication code depends on a secret, so there is `Decrypt` or nothing.
    pub(super) async fn seldom(
        &self,
        info: &ContentInfo<'_>,
        peeled: &mut Peeled,
        rng: &mut impl CryptoRng,
    ) -> Result<Vec<u8>> {
        match info.content_type {
            ContentType::CompressedData => decompressed(&CompressedData::read(info.content)?, peeled),
            ContentType::DigestedData => self.digested(DigestedData::read(info.content)?, peeled).await,
            ContentType::EncryptedData => {
                let data = EncryptedData::read(info.content)?;
                let opened = data.open(self.backend, self.keyring.keks).await?;
                peeled.add_envelope(self.backend, "EncryptedData", data.content_type, opened).await
            }
            ContentType::AuthenticatedData => {
                self.authenticated(AuthenticatedData::read(info.content)?, peeled, rng).await
            }
            other => Err(Error::UnsupportedAlgorithm { oid: other.oid() }),
        }
    }

    async fn digested(&self, data: DigestedData<'_>, peeled: &mut Peeled) -> Result<Vec<u8>> {
        let intact = data.is_intact(self.backend).await?;
        let layer = DigestedLayer { digest: data.algorithm.name(), intact };
        peeled.layers.push(Peel::Plain(LayerReport::Digested(layer)));
        inside(data.content_type, data.content.into_owned())
    }

    async fn authenticated(
        &self,
        data: AuthenticatedData<'_>,
        peeled: &mut Peeled,
        rng: &mut impl CryptoRng,
    ) -> Result<Vec<u8>> {
        let key = data.check(self.backend, &self.keyring, rng).await?;
        let layer = AuthenticatedLayer { mac: data.algorithm.name(), key };
        peeled.layers.push(Peel::Plain(LayerReport::Authenticated(layer)));
        inside(data.content_type, data.content.into_owned())
    }
}

fn decompressed(data: &CompressedData<'_>, peeled: &mut Peeled) -> Result<Vec<u8>> {
    let content = data.decompress()?;
    let layer = CompressedLayer { algorithm: "zlib", bytes: content.len() };
    peeled.layers.push(Peel::Plain(LayerReport::Compressed(layer)));
    inside(data.content_type, content)
}
