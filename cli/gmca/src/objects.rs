// SPDX-License-Identifier: Apache-2.0
//! Certificates, requests and CRLs from files, with the file's name in every complaint.

use crate::files;
use anyhow::{Context as _, Result, ensure};
use bccsp::encoding::pem;
use pki::{Certificate, Crl, OcspResponse, Request};
use std::path::{Path, PathBuf};

/// The certificate in a file.
pub(crate) fn certificate(path: &Path) -> Result<Certificate> {
    Certificate::from_pem_or_der(&files::read(path)?).with_context(|| path.display().to_string())
}

/// The request in a file.
pub(crate) fn request(path: &Path) -> Result<Request> {
    Request::from_pem_or_der(&files::read(path)?).with_context(|| path.display().to_string())
}

/// Every certificate in some files.
pub(crate) fn certificates(paths: &[PathBuf]) -> Result<Vec<Certificate>> {
    let read = |path: &PathBuf| -> Result<Vec<Certificate>> {
        let bytes = files::read(path)?;
        let name = || path.display().to_string();
        match pem::is_pem(&bytes) {
            true => Certificate::all_from_pem(&bytes).with_context(name),
            false => Ok(vec![Certificate::from_der(&bytes).with_context(name)?]),
        }
    };
    Ok(paths.iter().map(read).collect::<Result<Vec<_>>>()?.concat())
}

/// Every CRL in some files.
pub(crate) fn crls(paths: &[PathBuf]) -> Result<Vec<Crl>> {
    let read = |path: &PathBuf| -> Result<Vec<Crl>> {
        let bytes = files::read(path)?;
        let name = || path.display().to_string();
        match pem::is_pem(&bytes) {
            true => {
                let crls = Crl::all_from_pem(&bytes).with_context(name)?;
                ensure!(!crls.is_empty(), "{}: no CRL in it", name());
                Ok(crls)
            }
            false => Ok(vec![Crl::from_der(&bytes).with_context(name)?]),
        }
    };
    Ok(paths.iter().map(read).collect::<Result<Vec<_>>>()?.concat())
}

/// The OCSP answer in each of some files.
pub(crate) fn ocsp(paths: &[PathBuf]) -> Result<Vec<OcspResponse>> {
    let read = |path: &PathBuf| -> Result<OcspResponse> {
        OcspResponse::from_der(&files::read(path)?).with_context(|| path.display().to_string())
    };
    paths.iter().map(read).collect()
}
