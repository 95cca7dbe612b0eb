//! The release as an RO-Crate process run, for machines that archive results.
//!
//! RO-Crate 1.1 with the Process Run Crate profile 0.5: the files, the policy
//! and the act of clearing that made them. No clock: when it happened is for
//! the ledger's keeper to say.

use serde_json::{Value, json};

use crate::policy::Policy;
use crate::request::Request;

/// A file of a release.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Part {
    /// Its path in the release's folder, with `/` between parts.
    pub name: String,
    /// Its media type.
    pub media: String,
    /// Its size.
    pub bytes: usize,
    /// The BLAKE3 hash of its bytes, all of them released.
    pub blake3: String,
}

impl Part {
    /// The description of a file's bytes.
    pub fn new(name: &str, media: &str, bytes: &[u8]) -> Self {
        Self {
            name: name.to_owned(),
            media: media.to_owned(),
            bytes: bytes.len(),
            blake3: blake3::hash(bytes).to_hex().to_string(),
        }
    }
}

/// The metadata of a release's files, to be written as
/// `ro-crate-metadata.json` beside them.
pub fn metadata(request: &Request, policy: &Policy, files: &[Part]) -> Value {
    let parts: Vec<Value> = files
        .iter()
        .map(|file| json!({ "@id": file.name }))
        .collect();
    let mut graph = vec![
        json!({
            "@id": "ro-crate-metadata.json",
            "@type": "CreativeWork",
            "about": { "@id": "./" },
            "conformsTo": { "@id": "https://w3id.org/ro/crate/1.1" },
        }),
        json!({
            "@id": "./",
            "@type": "Dataset",
            "name": request.name,
            "description": request.what,
            "conformsTo": { "@id": "https://w3id.org/ro/wfrun/process/0.5" },
            "hasPart": parts,
            "mentions": { "@id": "#clearing" },
        }),
        json!({
            "@id": "#clearing",
            "@type": "CreateAction",
            "name": format!("Clearing under {} version {}", policy.name, policy.version),
            "description": request.why,
            "instrument": { "@id": "#boligspor-disclosure" },
            "result": files.iter().map(|file| json!({ "@id": file.name })).collect::<Vec<_>>(),
        }),
        json!({
            "@id": "#boligspor-disclosure",
            "@type": "SoftwareApplication",
            "name": "boligspor-disclosure",
            "softwareVersion": env!("CARGO_PKG_VERSION"),
        }),
    ];
    graph.extend(files.iter().map(|file| {
        json!({
            "@id": file.name,
            "@type": "File",
            "encodingFormat": file.media,
            "contentSize": file.bytes.to_string(),
            "identifier": format!("blake3:{}", file.blake3),
        })
    }));
    json!({ "@context": "https://w3id.org/ro/crate/1.1/context", "@graph": graph })
}
