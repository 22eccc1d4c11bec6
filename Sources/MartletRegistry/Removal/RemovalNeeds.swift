import MartletStore

/// Which of the records that were deleted are still needed: a version was made of them, or their files were deployed.
struct RemovalNeeds: Sendable {
    private static let pageCount: Int64 = 1_000

    private let ids: Set<String>
    private let locations: Set<String>
    /// The last version that was looked at.
    private var lastVersion: Int64 = 0
    /// Why a run or logged model of an identifier stays, or what is at a location.
    private var reasons: [String: String] = [:]

    /// - Parameter records: those that may be needed.
    init(_ records: [DeletedRecord]) {
        ids = Set(records.filter { $0.kind != .experiment }.map(\.id))
        locations = Set(records.filter { $0.kind == .experiment }.map { Self.withoutSlash($0.artifacts) })
    }

    /// Why a record stays; `nil` where nothing needs it.
    func reason(_ record: DeletedRecord) -> String? {
        reasons[record.kind == .experiment ? Self.withoutSlash(record.artifacts) : record.id]
    }

    mutating func add(_ origin: DeployedOrigin) {
        add([origin.source, origin.run ?? ""], because: "its files answer, or answered, as '\(origin.name)'")
    }

    /// Looks at the versions that were made since it did so last. - Returns: whether there are more of them.
    mutating func readVersions(_ connection: any SQLConnection) throws -> Bool {
        let sql = """
            SELECT v.number, m.name, v.version, v.source, v.storage, v.run, v.logged_model
            FROM model_versions AS v JOIN registered_models AS m ON m.number = v.model WHERE v.number > ? ORDER BY v.number LIMIT ?
            """
        var count: Int64 = 0
        try connection.query(sql, [.integer(lastVersion), .integer(Self.pageCount)]) { row in
            (count, lastVersion) = (count + 1, row.integer(0))
            let addresses = [row.text(3)] + (4...6).map { row.optionalText($0) ?? "" }
            add(addresses, because: "version \(row.integer(2)) of '\(row.text(1))' was made of it")
        }
        return count == Self.pageCount
    }

    /// A record is needed where its identifier is a part of an address, and an experiment where the address is within its location.
    private mutating func add(_ addresses: [String], because reason: String) {
        for address in addresses where !address.isEmpty {
            for part in address.split(whereSeparator: { "/?#&=@".contains($0) }) where ids.contains(String(part)) {
                reasons[String(part)] = reason
            }
            guard !locations.isEmpty else { continue }
            for end in address.indices where address[end] == "/" && locations.contains(String(address[..<end])) {
                reasons[String(address[..<end])] = reason
            }
        }
    }

    private static func withoutSlash(_ address: String) -> String { address.hasSuffix("/") ? String(address.dropLast()) : address }
}
