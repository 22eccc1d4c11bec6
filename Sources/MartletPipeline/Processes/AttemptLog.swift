import Glibc
import MartletCore
package import MartletStore

/// The log of an attempt, wherever it is: where the attempt works, or among those of its run once it has ended.
package struct AttemptLog: Sendable {
    private let attempt: AttemptRecord
    private let folder: String
    private let keptPath: String
    private var reader: StepLogReader
    private var isKept = false

    package init(of attempt: AttemptRecord, home: Home) {
        self.attempt = attempt
        folder = home.attemptPath(key: attempt.key)
        keptPath = "\(home.logsPath(run: attempt.run))/\(CommandRunner.logName(attempt.id, attempt.number))"
        reader = StepLogReader(AttemptFiles(folder: folder).log)
    }

    /// Whether it is there. A step of this program has none.
    package var exists: Bool {
        Directory.kind(of: keptPath) != nil || (Directory.kind(of: AttemptFiles(folder: folder).log) != nil && isOwnFolder)
    }

    /// What came since the last call; empty where nothing did. Read until that once the attempt has ended.
    /// - Throws: `storage`.
    package mutating func read() throws -> [UInt8] {
        if !isKept {
            var next = reader
            let bytes = try next.read()
            // Looked for afterwards: until it is kept, the folder cannot be a later attempt's, unless that of a runner that was killed.
            guard Directory.kind(of: keptPath) != nil else {
                guard isOwnFolder else { return [] }
                reader = next
                return bytes
            }
            isKept = true
            reader.move(to: keptPath)
        }
        return try reader.read()
    }

    /// The end of what was said until now, behind a line that says how much is left out of it. - Throws: `storage`.
    package mutating func tail(sizeMaxBytes: Int) throws -> [UInt8] {
        var tail: [UInt8] = []
        var missing = 0
        while case let bytes = try read(), !bytes.isEmpty {
            tail += bytes
            guard tail.count > sizeMaxBytes else { continue }
            // No character is cut in two.
            let cut = tail[(tail.count - sizeMaxBytes)...].firstIndex { $0 & 0b1100_0000 != 0b1000_0000 } ?? tail.count
            missing += cut
            tail.removeFirst(cut)
        }
        return missing > 0 ? StepLog.gap(missing) + tail : tail
    }

    /// Whether the folder is still this attempt's, rather than that of a later one at the same key.
    private var isOwnFolder: Bool { AttemptFiles(folder: folder).areOf(attempt) }
}

extension AttemptFiles {
    /// Whether they are an attempt's, rather than those of a later one at the same key.
    func areOf(_ attempt: AttemptRecord) -> Bool {
        guard let bytes = ProcessFiles.bytes(description) else { return false }
        // What is half written is about to be another's.
        guard let json = try? JSONValue(parsing: bytes, as: "an attempt's description") else { return false }
        return json["run"]?.string == attempt.run && json["attempt"]?.int == Int64(attempt.number)
    }
}
