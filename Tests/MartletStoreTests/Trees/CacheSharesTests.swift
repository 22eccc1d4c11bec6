import MartletCore
import Testing

@testable import MartletStore

@Suite struct CacheSharesTests {
    private let place: TreePlace

    init() throws { place = try TreePlace() }

    private func put(_ name: String, _ files: [String: [UInt8]]) throws -> Digest {
        for (file, bytes) in files { try place.write(bytes, to: "\(name)/\(file)") }
        return try place.store.put(folder: place.file(name)).digest
    }

    @Test func `each has what it refers to, and alone what nobody else does`() throws {
        let shared = randomBytes(3 << 20, seed: 1)
        let first = try put("a", ["large": shared, "own": randomBytes(2_000, seed: 2)])
        let second = try put("b", ["large": shared])
        _ = try put("c", ["x": [1]])
        let referrers = [first: ["step a", "runs"], second: ["step b"]]
        let inventory = try CacheInventory(home: place.home) { referrers }
        let shares = inventory.shares { $0.referrers.isEmpty ? ["nobody"] : $0.referrers }
        #expect(Set(shares.keys) == ["step a", "runs", "step b", "nobody"])
        let (a, runs, b) = (try #require(shares["step a"]), try #require(shares["runs"]), try #require(shares["step b"]))
        #expect(a == runs, "the same content")
        #expect(a.contentCount == 1)
        #expect(a.sizeBytes == (3 << 20) + 2_000)
        #expect(a.storedBytes > 3 << 20)
        #expect(a.ownBytes == 0, "runs refer to all of it too")
        #expect(b.storedBytes > 3 << 20)
        #expect(b.ownBytes < 10_000, "the large file is a's too")
        #expect(shares["nobody"]?.ownBytes == shares["nobody"]?.storedBytes)
        let all = inventory.shares { _ in ["all"] }
        #expect(all["all"]?.storedBytes == inventory.storedBytes)
        #expect(all["all"]?.ownBytes == inventory.storedBytes)
        #expect(inventory.fileCount >= 6)
    }

    @Test func `a collector finds content in parts that nobody refers to, and leaves whole blobs`() throws {
        let (kept, gone) = (
            try put("a", ["large": randomBytes(3 << 20, seed: 1)]), try put("b", ["large": randomBytes(3 << 20, seed: 2)])
        )
        let blob = try place.store.blobs.put(Array("of nobody".utf8))
        try place.age(by: .seconds(100))
        let young = try put("c", ["x": [1, 2, 3]])
        let inventory = try CacheInventory(home: place.home) { [kept: ["a record"]] }
        let removal = inventory.unreferencedParts(before: .now - .seconds(50))
        #expect(removal.items.map(\.content.digest) == [gone])
        try removal.carryOut(in: place.home)
        #expect(try place.store.contains(kept))
        #expect(try !place.store.contains(gone))
        #expect(try place.store.contains(young))
        #expect(place.store.blobs.contains(blob))
        // What lists name is left to this, so that a collector of blobs may remove the rest.
        #expect(try place.blobs().subtracting(place.store.needsOfAll()) == [blob])
    }

    @Test func `a part that somebody refers to stays when the content around it goes`() throws {
        let bytes = randomBytes(50_000, seed: 3)
        _ = try put("a", ["middle": bytes, "x": randomBytes(10, seed: 4)])
        try place.age(by: .seconds(100))
        let inventory = try CacheInventory(home: place.home) { [Digest(of: bytes): ["an artifact"]] }
        try inventory.unreferencedParts(before: .now).carryOut(in: place.home)
        #expect(place.store.blobs.contains(Digest(of: bytes)))
    }

    @Test func `content that was noted as used is young again`() throws {
        let digest = try put("a", ["large": randomBytes(2 << 20, seed: 1)])
        try place.age(by: .seconds(100))
        place.store.noteUse(of: digest)
        let inventory = try CacheInventory(home: place.home) { [:] }
        #expect(inventory.unreferencedParts(before: .now - .seconds(50)).items.isEmpty)
    }
}
