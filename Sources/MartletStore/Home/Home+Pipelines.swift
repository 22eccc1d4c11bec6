package import MartletCore

extension Home {
    /// Where attempts work.
    package var attemptsPath: String { "\(path)/attempts" }
    /// Where the attempt at a key works: its outputs before they are kept, its log, its exit status.
    package func attemptPath(key: Digest) -> String { "\(attemptsPath)/\(key.hex.prefix(40))" }
    /// What attempts at a key leave for later ones.
    package func checkpointPath(key: Digest) -> String { "\(path)/checkpoints/\(key.hex.prefix(40))" }
    /// The logs of a run's attempts.
    package func logsPath(run: String) -> String { "\(path)/logs/\(run)" }
    /// What is remembered of the project's files.
    package var fileIndexPath: String { "\(path)/files.index" }
}
