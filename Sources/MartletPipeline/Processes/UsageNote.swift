import MartletCore

/// Puts down what a command used so far, so that it is known when this program is killed.
struct UsageNote {
    /// So often; what ends before that is too small to be missed.
    static let interval = Duration.seconds(1)

    private var writtenAt: Duration?

    /// - Parameter elapsed: since the command's start.
    mutating func put(_ usage: StepUsage, at elapsed: Duration, to files: AttemptFiles) {
        guard elapsed - (writtenAt ?? .zero) >= Self.interval else { return }
        writtenAt = elapsed
        write(usage, to: files)
    }

    /// The end, where there was a beginning.
    func end(_ usage: StepUsage, to files: AttemptFiles) {
        if writtenAt != nil { write(usage, to: files) }
    }

    private func write(_ usage: StepUsage, to files: AttemptFiles) {
        // Too little is known where it cannot be written; the step goes on.
        try? AttemptNote.write(Array(usage.json.canonicalText.utf8), to: files.usage)
    }
}

extension StepUsage {
    /// What the attempt in a folder had used when that was put down last; `nil` where it was not, or not wholly.
    init?(leftIn folder: String) {
        guard let bytes = ProcessFiles.bytes(AttemptFiles(folder: folder).usage),
            let json = try? JSONValue(parsing: bytes, as: "what an attempt used")
        else { return nil }
        self.init(json: json)
    }
}
