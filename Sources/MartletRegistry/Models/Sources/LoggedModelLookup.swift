/// Who knows the models that runs logged. It is called within the transaction of the registry, and must not begin one of its own.
package protocol LoggedModelLookup: Sendable {
    /// Where a logged model is; `nil` where there is none.
    func loggedModel(_ id: String, in session: TrackingSession) throws -> LoggedModelPlace?
    /// Notes in the tag `mlflow.modelVersions` of a logged model that it became a version.
    func note(version: Int64, of model: String, on id: String, in session: TrackingSession) throws
}

/// Where a logged model is.
package struct LoggedModelPlace: Sendable, Equatable {
    package let artifactLocation: String
    /// The run that logged it.
    package let sourceRun: String?

    /// Makes one.
    package init(artifactLocation: String, sourceRun: String?) {
        self.artifactLocation = artifactLocation
        self.sourceRun = sourceRun
    }
}
