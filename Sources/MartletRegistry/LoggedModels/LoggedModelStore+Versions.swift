import MartletCore

/// What the registry of models needs of logged models, within its own reads and writes.
extension LoggedModelStore: LoggedModelLookup {
    /// The tag that names the versions of registered models that a model became.
    package static let versionsTag = "mlflow.modelVersions"

    package func loggedModel(_ id: String, in session: TrackingSession) throws -> LoggedModelPlace? {
        do {
            let model = try session.loggedModel(id)
            return LoggedModelPlace(artifactLocation: model.artifactURI, sourceRun: model.sourceRun.isEmpty ? nil : model.sourceRun)
        } catch let fault as TrackingFault where fault.code == .resourceDoesNotExist {
            return nil
        }
    }

    /// Adds a version to the tag `mlflow.modelVersions` of an active model; one that is there already changes nothing.
    package func note(version: Int64, of name: String, on id: String, in session: TrackingSession) throws {
        let model = try session.loggedModel(id)
        let history = model.tags.first { $0.key == Self.versionsTag }?.value
        var versions = Self.versions(in: history)
        let added = (name: name, version: JSONValue.integer(version))
        if versions.contains(where: { $0 == added }) { return }
        versions.append(added)
        let text = versions.map { "{\"name\": \(JSONText.quoted($0.name)), \"version\": \(JSONText.python($0.version))}" }
        try session.set(
            tag: KeyedText(Self.versionsTag, "[\(text.joined(separator: ", "))]"), try session.loggedModelNumber(id))
    }

    /// A tag that a client wrote in another form begins anew.
    private static func versions(in history: String?) -> [(name: String, version: JSONValue)] {
        guard let history, let list = try? JSONValue(parsing: Array(history.utf8), as: versionsTag) else { return [] }
        return list.array?.compactMap { entry in
            guard let name = entry["name"]?.string, let version = entry["version"] else { return nil }
            return (name, version)
        } ?? []
    }
}
