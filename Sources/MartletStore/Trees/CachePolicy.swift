package import MartletCore

/// What a cache may keep.
package struct CachePolicy: Sendable {
    /// What was used within this time stays whatever the policy says: a step that runs may need it and have recorded nothing yet.
    package static let youthStandard = Duration.seconds(86_400)

    /// The most that all content may take; `nil` for no limit.
    package var storedBytesMax: Int?
    /// What was not used for longer goes; `nil` for no limit.
    package var unusedMax: Duration?
    /// Contents that stay: of releases and models, of the last executions of each step.
    package var kept: Set<Digest>
    /// What was used within so much time stays.
    package var youth: Duration

    /// A policy; without limits nothing goes.
    package init(storedBytesMax: Int? = nil, unusedMax: Duration? = nil, kept: Set<Digest> = [], youth: Duration = youthStandard) {
        self.storedBytesMax = storedBytesMax
        self.unusedMax = unusedMax
        self.kept = kept
        self.youth = youth
    }

    /// The digests of the last executions of each step.
    /// - Parameters:
    ///   - executions: of each step the digests of each execution's outputs, the latest first.
    ///   - count: how many of each step.
    package static func last(_ count: Int, of executions: [[Set<Digest>]]) -> Set<Digest> {
        precondition(count >= 0)
        return executions.reduce(into: []) { kept, step in
            for outputs in step.prefix(count) { kept.formUnion(outputs) }
        }
    }
}

extension CachePolicy {
    /// What is to go: contents in the order in which they were last used, as long as one of the limits asks for it.
    ///
    /// A file goes with the last content that needs it.
    package func plan(_ inventory: CacheInventory, now: Timestamp) -> CacheRemoval {
        let limit = now - youth
        var users = inventory.users
        var removal = CacheRemoval(limit: limit, storedBytes: inventory.storedBytes)
        for content in inventory.contents {
            let isTooOld = unusedMax.map { content.usedAt < now - $0 } ?? false
            let isTooMuch = storedBytesMax.map { removal.storedBytesAfter > $0 } ?? false
            guard isTooOld || isTooMuch, content.usedAt < limit, !keeps(content) else { continue }
            removal.add(content, inventory, &users)
        }
        return removal
    }

    /// A content stays with what is a part of it.
    private func keeps(_ content: CacheInventory.Content) -> Bool {
        kept.contains(content.digest) || (!kept.isEmpty && content.files.contains { kept.contains($0.digest) })
    }
}

extension CacheInventory {
    /// How many contents need each file.
    fileprivate var users: [StoredFile: Int] {
        contents.reduce(into: [:]) { users, content in
            for file in Set(content.files) { users[file, default: 0] += 1 }
        }
    }
}

/// What is to be removed from a cache: decided, and not yet done.
package struct CacheRemoval: Sendable {
    /// A content that goes.
    package struct Item: Sendable {
        package let content: CacheInventory.Content
        /// What is free by it, once those before it are gone.
        package let freedBytes: Int
    }

    /// What was used since stays, even where it is in the plan.
    package let limit: Timestamp
    /// What all content took when the plan was made.
    package let storedBytes: Int
    /// In the order in which they were last used.
    package private(set) var items: [Item] = []
    private(set) var files: [CacheInventory.StoredFile] = []

    init(limit: Timestamp, storedBytes: Int) {
        self.limit = limit
        self.storedBytes = storedBytes
    }

    /// What is free by all of it.
    package var freedBytes: Int { items.reduce(0) { $0 + $1.freedBytes } }
    /// What is left.
    package var storedBytesAfter: Int { storedBytes - freedBytes }

    fileprivate mutating func add(
        _ content: CacheInventory.Content, _ inventory: CacheInventory, _ users: inout [CacheInventory.StoredFile: Int]
    ) {
        var freed = 0
        for file in Set(content.files) {
            users[file, default: 0] -= 1
            guard users[file] == 0 else { continue }
            files.append(file)
            freed += inventory.files[file]?.sizeBytes ?? 0
        }
        items.append(Item(content: content, freedBytes: freed))
    }
}
