import Foundation
import MartletCore

/// How models are run by Python. Sizes are in bytes, times in seconds.
package struct PythonConfiguration: Sendable, Equatable {
    /// The range of each limit that settings may change.
    static let processCountRange = 1...64
    static let memoryMegabytesRange = 64...1_048_576
    static let secondsRange = 0.1...86_400
    /// The most variables that settings name.
    static let variableCountMax = 64

    /// The interpreter that environments are made with, a path or a name; `nil` for the `python3.N` that the model asks for, or `python3`.
    package var interpreter: String?
    /// An environment that is used as it is, a folder with `bin/python`; `nil` for one that is made of the model's requirements.
    package var environment: String?
    /// The folder that keeps environments that were made.
    package var environmentsFolder: String
    /// The variables of this process' environment that the model needs although their names say that they are secrets.
    package var variables: Set<String> = []
    /// How many processes run the model, each one request at a time.
    package var processCount = 1
    /// The most memory that a process may have for data of its own.
    package var memoryMaxBytes = 4 << 30
    /// The most bytes of the inputs of one request, and of its outputs.
    package var frameMaxBytes = 64 << 20
    /// How long a model may work on one request.
    package var requestSeconds = 60.0
    /// How long a process may take to load the model.
    package var startSeconds = 120.0
    /// How long making an environment may take, waiting for another that makes the same included.
    package var buildSeconds = 1_800.0
    /// How many calls may wait for a process.
    package var waitingCountMax = 256
    /// How long a process that ended is not started again: the shortest, after each further failure twice as long, and the longest.
    package var restartSeconds = 0.2...30.0
    /// How many bytes of what a process said last are kept for messages.
    package var saidMaxBytes = 4_096
    /// Whether rows of requests are independent of one another, so that requests may be joined.
    package var hasIndependentRows = false

    /// The usual configuration.
    package init(environmentsFolder: String = Self.usualEnvironmentsFolder) { self.environmentsFolder = environmentsFolder }

    /// The user's cache: `$XDG_CACHE_HOME`, else `~/.cache`.
    package static var usualEnvironmentsFolder: String {
        let cache = ProcessInfo.processInfo.environment["XDG_CACHE_HOME"].flatMap { $0.hasPrefix("/") ? $0 : nil }
        return "\(cache ?? "\(NSHomeDirectory())/.cache")/martlet/python"
    }
}
