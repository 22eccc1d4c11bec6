import Glibc
import MartletCore
import MartletStore

/// What runners hold and wait for, in a file of a folder.
///
/// The file's first line says where in it the present text is. A change is written beside that, and then the line anew, which is too short
/// to be half there: a process may be killed at any moment. None is made durable: a loss of power ends all that is in it.
struct LedgerFile {
    /// How long others may take to change it.
    static let lockWaitMax = Duration.seconds(2)
    private static let lockPollInterval = Duration.milliseconds(2)
    /// The first line, filled up with spaces.
    static let headSizeBytes = 64

    let folder: String

    /// Changes it while nobody else does. Blocks the thread meanwhile.
    /// - Throws: `storage`; `locked` where somebody keeps it for too long.
    func change<Value>(waitAtMost wait: Duration, _ change: (inout FairShare) -> Value) throws -> Value {
        try prepare()
        let lock = try OpenFile("\(folder)/lock", O_RDWR | O_CREAT)
        try take(lock.descriptor, waitAtMost: wait)
        // A child process that is just being started may have the file a moment longer than this.
        defer { flock(lock.descriptor, LOCK_UN) }
        let file = try OpenFile("\(folder)/ledger", O_RDWR | O_CREAT)
        let place = try Self.place(in: file)
        var share = FairShare(stored: try file.read(at: place.lowerBound, countMax: place.count))
        let value = change(&share)
        try Self.store(Array(share.stored.canonicalText.utf8), in: file, beside: place)
        return value
    }

    private func prepare() throws {
        if Directory.kind(of: folder) == nil {
            try Directory.create(folder)
            LedgerPlace.removeOld(beside: folder)
        }
        var status = stat()
        guard lstat(folder, &status) == 0, status.st_uid == geteuid(), status.st_mode & 0o022 == 0 else {
            throw MartletError(.storage, "'\(folder)' is not this user's alone; remove it, or name another one in MARTLET_LEDGER")
        }
    }

    private func take(_ descriptor: Int32, waitAtMost wait: Duration) throws {
        let deadline = ContinuousClock.now + wait
        while flock(descriptor, LOCK_EX | LOCK_NB) != 0 {
            guard errno == EWOULDBLOCK || errno == EINTR else { throw MartletError.io("lock", "\(folder)/lock", errno: errno) }
            guard ContinuousClock.now < deadline else {
                throw MartletError(.locked, "'\(folder)/lock' is held for too long; find who does with 'fuser', and end it")
            }
            FileLock.block(for: Self.lockPollInterval)
        }
    }

    /// Where the present text is; nothing where the first line does not say so.
    private static func place(in file: borrowing OpenFile) throws -> Range<Int> {
        let nothing = headSizeBytes..<headSizeBytes
        let size = try file.sizeBytes()
        let numbers = String(decoding: try file.read(at: 0, countMax: headSizeBytes), as: UTF8.self)
            .split(whereSeparator: \.isWhitespace).map { Int($0) }
        guard numbers.count == 2, let start = numbers[0], let count = numbers[1] else { return nothing }
        guard start >= headSizeBytes, count >= 0, count <= size, start <= size - count else { return nothing }
        return start..<start + count
    }

    private static func store(_ text: [UInt8], in file: borrowing OpenFile, beside place: Range<Int>) throws {
        let start = text.count <= place.lowerBound - headSizeBytes ? headSizeBytes : place.upperBound
        try text.withUnsafeBytes { try file.write($0, at: start) }
        try head(start, text.count).withUnsafeBytes { try file.write($0, at: 0) }
    }

    /// The first line.
    static func head(_ start: Int, _ count: Int) -> [UInt8] {
        let words = Array("\(start) \(count)".utf8)
        return words + [UInt8](repeating: UInt8(ascii: " "), count: headSizeBytes - words.count - 1) + [UInt8(ascii: "\n")]
    }
}

extension FairShare {
    /// What cannot be read is forgotten: each runner writes down again what it holds.
    fileprivate init(stored bytes: [UInt8]) {
        self.init()
        guard let json = try? JSONValue(parsing: bytes, as: "the ledger") else { return }
        claims = (json["claims"]?.array ?? []).compactMap(Entry.init(json:))
        waits = (json["waits"]?.array ?? []).compactMap(Entry.init(json:))
    }

    fileprivate var stored: JSONValue { ["claims": .array(claims.map(\.json)), "waits": .array(waits.map(\.json))] }
}

extension FairShare.Entry {
    /// No machine has more; all entries of a file can be summed.
    private static let (coreCountMax, memoryBytesMax, acceleratorCountMax) = (1e6, Int64(1) << 46, 1 << 20)

    fileprivate init?(json: JSONValue) {
        guard let runner = json["runner"]?.string, let project = json["project"]?.string, let step = json["step"]?.string else {
            return nil
        }
        let at = json["at"]?.int ?? 0
        let resources = Resources(
            cores: json["cores"]?.double ?? 0, memoryBytes: json["memory"]?.int ?? 0,
            accelerators: Int(clamping: json["accelerators"]?.int ?? 0))
        guard (0...Self.coreCountMax).contains(resources.cores), (0...Self.memoryBytesMax).contains(resources.memoryBytes),
            (0...Self.acceleratorCountMax).contains(resources.accelerators)
        else { return nil }
        self.init(
            runner: runner, project: project, step: step, resources: resources, at: Timestamp(microseconds: at),
            since: Timestamp(microseconds: json["since"]?.int ?? at))
    }

    fileprivate var json: JSONValue {
        [
            "runner": .string(runner), "project": .string(project), "step": .string(step), "cores": .number(resources.cores),
            "memory": .integer(resources.memoryBytes), "accelerators": .integer(Int64(resources.accelerators)),
            "at": .integer(at.microseconds), "since": .integer(since.microseconds),
        ]
    }
}
