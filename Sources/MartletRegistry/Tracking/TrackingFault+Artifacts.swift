package import MartletStore

/// Refusals of artifacts, in MLflow's words.
extension TrackingFault {
    package init(_ refusal: ArtifactPath.Refusal) {
        let message =
            switch refusal {
            case .unsafe: "Invalid path"
            case .notNormal(let folder, let resolved):
                "Invalid artifact path: '\(folder)'. Names may be treated as files in certain cases, and must not resolve to other names "
                    + "when treated as such. This name would resolve to '\(resolved)'"
            case .reserved(let name):
                "Invalid artifact file name: '\(name)'. Artifact names starting with '.artifact.uploading.' are reserved."
            case .tooLong:
                "Invalid path: expected at most \(ArtifactPath.sizeMaxBytes) bytes, and \(ArtifactPath.nameSizeMaxBytes) between two slashes; "
                    + "choose shorter names"
            }
        self.init(.invalidParameterValue, message)
    }

    package static func noSuchArtifact(_ path: ArtifactPath) -> TrackingFault { noSuchArtifact(path.text) }

    package static func noSuchArtifact(_ path: String) -> TrackingFault {
        TrackingFault(.resourceDoesNotExist, "No such artifact: '\(path)'")
    }

    package static func artifactIsFolder(_ path: ArtifactPath) -> TrackingFault { artifactIsFolder(path.text) }

    package static func artifactIsFolder(_ path: String) -> TrackingFault {
        TrackingFault(.invalidParameterValue, "Artifact path refers to a directory, not a file: '\(path)'")
    }
}
