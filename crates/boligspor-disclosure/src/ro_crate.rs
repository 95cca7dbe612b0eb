//! The release as an RO-Crate process run, for machines that archive results.
//!
//! RO-Crate 1.1 with the Process Run Crate profile 0.5: the files, the policy
//! and the act of clearing that made them. No clock: when it happened is for
//! the ledger's keeper to say.

use serde_json::{Value, json};

use crate::policy::Policy;
use crate::request::Request;

/// The metadata of a release's files: name, media type, hash and size.
pub(crate) fn metadata(request: &Request, policy: &Policy, files: &[(&str, &str, &[u8])]) -> Value {
    let parts: Vec<Value> = files
        .iter()
        .map(|(name, _, _)| json!({ "@id": name }))
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
            "result": files.iter().map(|(name, _, _)| json!({ "@id": name })).collect::<Vec<_>>(),
        }),
        json!({
            "@id": "#boligspor-disclosure",
            "@type": "SoftwareApplication",
            "name": "boligspor-disclosure",
            "softwareVersion": env!("CARGO_PKG_VERSION"),
        }),
    ];
    graph.extend(files.iter().map(|(name, media, bytes)| {
        json!({
            "@id": name,
            "@type": "File",
            "encodingFormat": media,
            "contentSize": bytes.len().to_string(),
            "identifier": format!("blake3:{}", blake3::hash(bytes).to_hex()),
        })
    }));
    json!({ "@context": "https://w3id.org/ro/crate/1.1/context", "@graph": graph })
}
