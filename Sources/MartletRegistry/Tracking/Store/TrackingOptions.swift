package import MartletCore

/// What a tracking store is told from outside.
package struct TrackingOptions: Sendable {
    /// Where experiments without a place of their own have their artifacts.
    package var artifactRoot = "mlflow-artifacts:/"
    /// What a relative artifact location is relative to.
    package var workingFolder = ""
    /// Of the schemes that name a host, those that an artifact location may have.
    package var allowedHostSchemes: Set<String> = []
    /// Whether values of parameters and tags that are too long are cut; otherwise they are refused.
    package var truncatesLongValues = true
    package var clock: @Sendable () -> Timestamp = { .now }
    package var randomness: any RandomNumberGenerator & Sendable = SystemRandomNumberGenerator()

    /// MLflow's own settings.
    package init() {}
}
