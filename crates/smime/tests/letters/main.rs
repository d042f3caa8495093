//! Letters from end to end: sealed, opened, judged, tampered with, and exchanged with OpenSSL.

#[cfg(test)]
mod beside;
#[cfg(test)]
mod big;
#[cfg(test)]
mod carried;
#[cfg(test)]
mod choice;
#[cfg(test)]
mod efail;
#[cfg(test)]
mod elsewhere;
#[cfg(test)]
mod header_protection;
#[cfg(test)]
mod hostile;
#[cfg(test)]
mod layers;
#[cfg(test)]
mod networks;
#[cfg(test)]
mod openssl;
#[cfg(test)]
mod openssl_seldom;
#[cfg(test)]
mod receipts;
#[cfg(test)]
mod samples;
#[cfg(test)]
mod spoof;
#[cfg(test)]
mod tamper;
#[cfg(test)]
mod timestamps;
#[cfg(test)]
mod vectors;
#[cfg(test)]
mod verdicts;
#[cfg(test)]
mod world;
#[cfg(test)]
mod written;
