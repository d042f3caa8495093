#!/bin/sh
# Makes the test world of the letters suite: run once, the results are kept beside. Needs openssl 3.
set -e
cd "$(dirname "$0")"
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
START=20250101000000Z END=21241231235959Z

authority() { # name, common name, curve
  openssl ecparam -name "$3" -genkey -noout | openssl pkcs8 -topk8 -nocrypt -out "$work/$1.key"
  mkdir "$work/$1" && : > "$work/$1/index.txt" && echo 01 > "$work/$1/serial" && echo 01 > "$work/$1/crlnumber"
  cat > "$work/$1.cnf" <<CNF
[ca]
default_ca = this
[this]
dir = $work/$1
new_certs_dir = $work/$1
database = $work/$1/index.txt
serial = $work/$1/serial
crlnumber = $work/$1/crlnumber
certificate = $1.crt
private_key = $work/$1.key
default_md = sha256
policy = any
unique_subject = no
string_mask = utf8only
utf8 = yes
[any]
countryName = optional
organizationName = optional
commonName = supplied
[root]
basicConstraints = critical, CA:TRUE
keyUsage = critical, keyCertSign, cRLSign
subjectKeyIdentifier = hash
[sign]
basicConstraints = critical, CA:FALSE
keyUsage = critical, digitalSignature, nonRepudiation
extendedKeyUsage = emailProtection
subjectKeyIdentifier = hash
authorityKeyIdentifier = keyid
subjectAltName = email:\$ENV::MAIL
[rsa-encrypt]
basicConstraints = critical, CA:FALSE
keyUsage = critical, keyEncipherment
extendedKeyUsage = emailProtection
subjectKeyIdentifier = hash
authorityKeyIdentifier = keyid
subjectAltName = email:\$ENV::MAIL
[ec-encrypt]
basicConstraints = critical, CA:FALSE
keyUsage = critical, keyAgreement
extendedKeyUsage = emailProtection
subjectKeyIdentifier = hash
authorityKeyIdentifier = keyid
subjectAltName = email:\$ENV::MAIL
CNF
  MAIL=x@example.org openssl req -new -utf8 -key "$work/$1.key" -subj "/CN=$2" -out "$work/$1.csr"
  MAIL=x@example.org openssl ca -batch -config "$work/$1.cnf" -selfsign -keyfile "$work/$1.key" -in "$work/$1.csr" \
    -startdate $START -enddate $END -extensions root -notext -out "$1.crt"
}

person() { # file, authority, common name, address, key type, extensions, start, end[, digest]
  case $5 in
    rsa) openssl genpkey -quiet -algorithm RSA -pkeyopt rsa_keygen_bits:2048 -out "$1.key" ;;
    *) openssl ecparam -name "$5" -genkey -noout | openssl pkcs8 -topk8 -nocrypt -out "$1.key" ;;
  esac
  openssl req -new -utf8 -key "$1.key" -subj "/CN=$3" -out "$work/$1.csr"
  MAIL=$4 openssl ca -batch -config "$work/$2.cnf" -in "$work/$1.csr" -startdate "$7" -enddate "$8" -md "${9:-sha256}" \
    -extensions "$6" -notext -out "$1.crt"
}

authority ca "Autorité d'essai" prime256v1
authority stranger "Autorité étrangère" prime256v1
A=amelie.roche@cabinet.example B=bruno.keller@cardio.example C=chloe.petit@labo.example
person amelie.sign ca "Amélie Roche" $A prime256v1 sign $START $END
person amelie.encrypt ca "Amélie Roche" $A prime256v1 ec-encrypt $START $END
person bruno.sign ca "Bruno Keller" $B rsa sign $START $END
person bruno.encrypt ca "Bruno Keller" $B rsa rsa-encrypt $START $END
person chloe.sign ca "Chloé Petit" $C secp384r1 sign $START $END
person chloe.encrypt ca "Chloé Petit" $C secp384r1 ec-encrypt $START $END
person false-amelie stranger "Amélie Roche" $A prime256v1 sign $START $END
person old-amelie ca "Amélie Roche" $A prime256v1 sign $START 20250630235959Z
person lost-amelie ca "Amélie Roche" $A prime256v1 sign $START $END
person sha1-amelie ca "Amélie Roche" $A prime256v1 sign $START $END sha1
MAIL=x@example.org openssl ca -config "$work/ca.cnf" -revoke lost-amelie.crt -crl_reason keyCompromise
MAIL=x@example.org openssl ca -config "$work/ca.cnf" -gencrl -crldays 36000 -out ca.crl
