import Glibc
package import MartletCore
import Synchronization

/// Brings contents of a home to a place that other machines reach, and from there into the home of one of those.
///
/// An object is a file of a home under the name that it has there: `blobs/ab/<digest>` or `chunks/ab/<digest>`. Both ways what a list
/// names comes before the list, so that nothing which was cut off is taken for whole: what is there already is passed over when the
/// same is asked for again.
package final class ContentExchange: Sendable {
    /// How many objects of a content are under way at a time.
    static let countMax = 16
    /// How often what cannot be reached is asked, beside what the place itself tries again.
    package static let tryCountMax = 5
    /// How long to wait before the second try; before each further one twice as long.
    static let pauseFirst = Duration.seconds(2)
    /// The largest list that is read, in bytes: that of a file of some 3 TiB.
    static let listBytesMax = 256 << 20

    let place: any ObjectPlace
    let trees: TreeStore
    private let sleep: @Sendable (Duration) async throws -> Void
    /// Contents that are known to be in the place with all that they need.
    private let settled = Mutex<Set<Digest>>([])

    /// The exchange of a home that was prepared.
    /// - Parameter sleep: waits before another try.
    package init(
        _ home: Home, with place: any ObjectPlace,
        sleep: @escaping @Sendable (Duration) async throws -> Void = { try await Task.sleep(for: $0) }
    ) {
        trees = TreeStore(home: home)
        self.place = place
        self.sleep = sleep
    }

    /// Sends contents with all that they need, each object unless it is there. Durable on return.
    /// - Throws: `notFound` where not all of one is in the home; what the place throws.
    package func send(_ digests: Set<Digest>) async throws {
        let unsettled = settled.withLock { digests.subtracting($0) }
        let files = Dictionary(try unsettled.flatMap(needed).map { ($0.name, $0) }) { first, _ in first }.values
        let folders = Set(try unsettled.filter { try trees.lists.list(of: $0)?.kind == .folder })
        let (lists, blobs) = (files.filter(\.isList), files.filter { !$0.isList })
        for stage in [blobs, lists.filter { !folders.contains($0.digest) }, lists.filter { folders.contains($0.digest) }] {
            try await each(stage) { try await self.send($0) }
        }
        settle(unsettled)
    }

    /// Whether content is known to be there with all that it needs.
    package func isSettled(_ digest: Digest) -> Bool { settled.withLock { $0.contains(digest) } }

    func settle(_ digests: Set<Digest>) { settled.withLock { $0.formUnion(digests) } }

    private func needed(_ digest: Digest) throws -> [NeededFile] {
        let files = try trees.neededFiles(of: digest)
        guard files.allSatisfy(trees.isThere) else {
            throw MartletError(.notFound, "not all of \(digest) is in '\(trees.home.path)'; run the step that makes it again")
        }
        trees.noteUse(of: digest)
        return files
    }

    private func send(_ file: NeededFile) async throws {
        let path = trees.path(of: file)
        let size = try OpenFile(path, O_RDONLY).sizeBytes()
        guard try await self.size(of: file.name) != size else { return }
        // A list is named by the content that it is of.
        let digest = file.isList ? try Digest(ofFile: path) : file.digest
        try await trying { try await self.place.put(file.name, file: path, sizeBytes: size, digest: digest) }
    }

    // MARK: What both ways need

    func size(of name: String) async throws -> Int? { try await trying { try await self.place.size(of: name) } }

    /// Tries again while the place cannot be reached.
    package func trying<Value: Sendable>(_ body: @Sendable () async throws -> Value) async throws -> Value {
        var pause = Self.pauseFirst
        for _ in 1..<Self.tryCountMax {
            do { return try await body() } catch let error as MartletError where error.code == .unavailable {
                try await sleep(pause)
                pause *= 2
            }
        }
        return try await body()
    }

    /// Calls for each, so many at a time.
    func each<Element: Sendable>(_ elements: [Element], _ body: @escaping @Sendable (Element) async throws -> Void) async throws {
        try await withThrowingTaskGroup(of: Void.self) { group in
            for (number, element) in elements.enumerated() {
                if number >= Self.countMax { try await group.next() }
                group.addTask { try await body(element) }
            }
            try await group.waitForAll()
        }
    }
}

extension NeededFile {
    /// Its name in a home, and as an object.
    var name: String { "\(isList ? "chunks" : "blobs")/\(digest.hex.prefix(2))/\(digest.hex)" }
}
