import MartletCore
import MartletStore
import MartletTesting
import Testing

@testable import MartletRegistry

@Suite struct ReleaseTests {
    private static let parts: [String: JSONValue] = Dictionary(
        uniqueKeysWithValues: Release.parts.map { ($0, .string(Digest(of: $0).description)) }
    )

    @Test func `equal parts have one digest, and it stays what it was when format 1 was made`() throws {
        let release = try Release(name: "price", parts: Self.parts)
        let again = try Release(name: "price", parts: Self.parts)
        #expect(release == again)
        #expect(release.digest == Digest(of: release.manifest))
        #expect(release.digest.short == "f1bfb153a197")
    }

    @Test(arguments: Release.parts) func `any other part gives another digest`(part: String) throws {
        var changed = Self.parts
        changed[part] = "changed"
        let release = try Release(name: "price", parts: changed)
        #expect(try release.digest != Release(name: "price", parts: Self.parts).digest)
    }

    @Test func `another name gives another digest`() throws {
        let release = try Release(name: "other", parts: Self.parts)
        #expect(try release.digest != Release(name: "price", parts: Self.parts).digest)
    }

    @Test(arguments: Release.parts) func `a missing part is refused by name`(part: String) {
        var lacking = Self.parts
        lacking[part] = nil
        let error = #expect(throws: MartletError.self) { try Release(name: "price", parts: lacking) }
        #expect(error?.code == .corrupt)
        #expect(error?.message == "a release of 'price' needs the part '\(part)'")
    }

    @Test func `a release that was stored is read back whole`() throws {
        try withRecords { records in
            let release = try Release(name: "price", parts: Self.parts)
            let record = try records.register(
                release.digest, name: "price", run: nil, manifest: release.manifest, at: .now)
            #expect(try Release(record: record) == release)
        }
    }

    @Test(arguments: [2, "1", nil] as [JSONValue]) func `a manifest of another format is refused with the next step`(
        format: JSONValue
    ) throws {
        try withRecords { records in
            let manifest: JSONValue = ["format": format, "name": "price"]
            let record = try records.register(
                Digest(of: manifest), name: "price", run: nil, manifest: manifest, at: .now)
            let error = #expect(throws: MartletError.self) { try Release(record: record) }
            #expect(error?.code == .invalidInput)
            #expect(error?.message.contains("this martlet reads format 1, so run a newer one") == true)
        }
    }

    @Test func `a part that is no digest is corrupt`() throws {
        var parts = Self.parts
        parts["contracts"] = ["sales": .string(Digest(of: "contract").description)]
        let release = try Release(name: "price", parts: parts)
        #expect(try release.digest(of: "contracts", "sales") == Digest(of: "contract"))
        let error = #expect(throws: MartletError.self) { try release.digest(of: "contracts") }
        #expect(error?.code == .corrupt)
    }

    @Test func `a member that a part does not have is corrupt`() throws {
        var parts = Self.parts
        parts["contracts"] = ["sales": .string(Digest(of: "contract").description)]
        let release = try Release(name: "price", parts: parts)
        let error = #expect(throws: MartletError.self) { try release.digest(of: "contracts", "stock") }
        #expect(error?.code == .corrupt)
    }
}

@Suite struct ReleaseFinderTests {
    /// Three releases of 'price' and one of another endpoint.
    private func withReleases(_ body: (ReleaseFinder, [ReleaseRecord]) throws -> Void) throws {
        try withRecords { records in
            let parts = Dictionary(uniqueKeysWithValues: Release.parts.map { ($0, JSONValue.string($0)) })
            let made = try ["price", "price", "price", "other"].enumerated().map { number, name in
                let release = try Release(name: name, parts: parts.merging(["code": .integer(Int64(number))]) { $1 })
                return try records.register(release.digest, name: name, run: nil, manifest: release.manifest, at: .now)
            }
            try body(ReleaseFinder(records: records), made)
        }
    }

    @Test func `a release is found by version, digest, beginning and latest`() throws {
        try withReleases { finder, made in
            let second = made[1].digest
            for text in [
                "2", "v2", second.description, second.hex, String(second.hex.prefix(8)),
                "sha256:" + second.hex.prefix(8),
            ] {
                let found = try finder.find(text, endpoint: "price")
                #expect(found == made[1], "'\(text)'")
            }
            let latest = try finder.find("latest", endpoint: "price")
            #expect(latest == made[2])
        }
    }

    @Test(arguments: ["4", "v9", "0", "-1", "", "v", "dead", "zzzz", "sha256:"])
    func `what means no release is refused with the newest ones`(text: String) throws {
        try withReleases { finder, made in
            let error = #expect(throws: MartletError.self) { try finder.find(text, endpoint: "price") }
            #expect(error?.code == .notFound)
            let newest = made[..<3].reversed().map { "v\($0.version) (\($0.digest.short))" }.joined(separator: ", ")
            #expect(error?.message == "endpoint 'price' has no release '\(text)'; the newest are \(newest)")
        }
    }

    @Test func `a beginning of fewer than four digits is no name`() throws {
        try withReleases { finder, made in
            let error = #expect(throws: MartletError.self) {
                try finder.find("sha256:" + made[0].digest.hex.prefix(3), endpoint: "price")
            }
            #expect(error?.code == .notFound)
        }
    }

    @Test func `a release of another endpoint is not found`() throws {
        try withReleases { finder, made in
            let error = #expect(throws: MartletError.self) { try finder.find(made[3].digest.hex, endpoint: "price") }
            #expect(error?.code == .notFound)
        }
    }

    @Test func `a beginning that several releases share is refused with their number`() throws {
        try withRecords { records in
            var seen: [Substring: Int] = [:]
            var shared: Substring?
            for number in 0..<2_000 where shared == nil {
                let manifest: JSONValue = ["format": 1, "number": .integer(Int64(number))]
                let digest = Digest(of: manifest)
                seen[digest.hex.prefix(4), default: 0] += 1
                _ = try records.register(digest, name: "price", run: nil, manifest: manifest, at: .now)
                if seen[digest.hex.prefix(4)] == 2 { shared = digest.hex.prefix(4) }
            }
            let beginning = String(try #require(shared))
            let error = #expect(throws: MartletError.self) {
                try ReleaseFinder(records: records).find("sha256:" + beginning, endpoint: "price")
            }
            #expect(error?.message == "2 releases of 'price' begin with 'sha256:\(beginning)'; write more digits")
        }
    }

    @Test func `an endpoint without any release says how to make one`() throws {
        try withRecords { records in
            let error = #expect(throws: MartletError.self) {
                try ReleaseFinder(records: records).find("latest", endpoint: "price")
            }
            #expect(error?.message == "endpoint 'price' has no release; make one with 'martlet run'")
        }
    }
}

private func withRecords(_ body: (RecordStore) throws -> Void) throws {
    try withTemporaryFolder { folder in
        let records = try RecordStore(path: "\(folder)/records.sqlite")
        try body(records)
        try records.close()
    }
}
