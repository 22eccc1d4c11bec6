package import MartletPipeline

/// What of a project is to be run, and how.
package struct RunRequest: Sendable {
    /// These steps and all that they need; empty for all.
    package var steps: [String] = []
    /// These run although they are fresh.
    package var forced: [String] = []
    /// Only these values of a key.
    package var selection: [String: Set<String>] = [:]
    /// Whether the first failure ends the run, rather than only what depends on it.
    package var failsFast = false
    /// The cluster whose nodes run commands; this machine where it is `nil`.
    package var cluster: RayPlace?
    /// What it is run for.
    package var cause = RunCause()

    /// The steps of a schedule or a trigger that fired.
    package init(_ steps: [String], cause: RunCause) { (self.steps, self.cause) = (steps, cause) }

    package init() {}
}
