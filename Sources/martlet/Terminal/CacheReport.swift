import MartletCore
import MartletPipeline
import MartletStore

/// What a home keeps, and what goes, for people and for machines.
struct CacheReport {
    /// How many rows of a table people are shown; JSON has all.
    private static let rowCountMax = 100
    private static let nobody = "nobody"

    let inventory: CacheInventory
    /// What a policy says; `nil` where there is none.
    let removal: CacheRemoval?
    /// What is free by it; `nil` where nothing was removed.
    let freedBytes: Int?

    private var shares: [(name: String, share: CacheInventory.Share)] {
        inventory.shares { $0.referrers.isEmpty ? [Self.nobody] : $0.referrers }
            .sorted { ($1.value.storedBytes, $0.key) < ($0.value.storedBytes, $1.key) }.map { ($0.key, $0.value) }
    }

    var lines: [String] {
        guard !inventory.contents.isEmpty else { return ["nothing is kept yet"] }
        var table = TextTable("for", ">contents", ">size", ">takes", ">alone")
        for (name, share) in shares.prefix(Self.rowCountMax) {
            table.add(
                name, share.contentCount.grouped, Self.size(share.sizeBytes), Self.size(share.storedBytes), Self.size(share.ownBytes))
        }
        let size = inventory.contents.reduce(0) { $0 + $1.sizeBytes }
        return table.lines + unshown(shares.count) + [
            "\(Self.counted(inventory.contents.count, "content")) of \(Self.size(size)) in \(Self.counted(inventory.fileCount, "file")) of "
                + Self.size(inventory.storedBytes)
        ] + removalLines
    }

    private var removalLines: [String] {
        guard let removal else { return [] }
        guard !removal.items.isEmpty else { return ["", "nothing that may go is in the way of this policy"] }
        var table = TextTable("content", "kind", "last used", ">frees", "for")
        for item in removal.items.prefix(Self.rowCountMax) {
            table.add(
                item.content.digest.short, item.content.kind.rawValue, item.content.usedAt.secondsText, Self.size(item.freedBytes),
                item.content.referrers.isEmpty ? Self.nobody : item.content.referrers.joined(separator: ", "))
        }
        let what = Self.counted(removal.items.count, "content")
        let end =
            freedBytes.map { "removed \(what); \(Self.size($0)) are free by it" }
            ?? "\(what) would go and leave \(Self.size(removal.storedBytesAfter)); --clear removes them"
        return [""] + table.lines + unshown(removal.items.count) + [end]
    }

    private func unshown(_ count: Int) -> [String] {
        count > Self.rowCountMax ? ["  and \((count - Self.rowCountMax).grouped) more; --json has all"] : []
    }

    private static func size(_ bytes: Int) -> String { Int64(bytes).sizeWords }
    private static func counted(_ count: Int, _ noun: String) -> String { "\(count.grouped) \(noun)\(count == 1 ? "" : "s")" }

    /// The same for machines.
    var json: JSONValue {
        let shares = shares.map { name, share -> JSONValue in
            [
                "for": .string(name), "contents": .integer(Int64(share.contentCount)), "bytes": .integer(Int64(share.sizeBytes)),
                "stored_bytes": .integer(Int64(share.storedBytes)), "own_bytes": .integer(Int64(share.ownBytes)),
            ]
        }
        var answer: [String: JSONValue] = [
            "contents": .integer(Int64(inventory.contents.count)), "files": .integer(Int64(inventory.fileCount)),
            "stored_bytes": .integer(Int64(inventory.storedBytes)), "shares": .array(shares),
        ]
        if let removal {
            answer["leaving"] = .array(removal.items.map(Self.json))
            answer["stored_bytes_after"] = .integer(Int64(inventory.storedBytes - (freedBytes ?? removal.freedBytes)))
            answer["cleared"] = .boolean(freedBytes != nil)
        }
        return .object(answer)
    }

    private static func json(_ item: CacheRemoval.Item) -> JSONValue {
        [
            "content": .string(item.content.digest.description), "kind": .string(item.content.kind.rawValue),
            "used_at": .string(item.content.usedAt.description), "frees_bytes": .integer(Int64(item.freedBytes)),
            "for": .array(item.content.referrers.map(JSONValue.string)),
        ]
    }
}
