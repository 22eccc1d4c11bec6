import Foundation
import Glibc
import MartletCore
import Testing

@testable import MartletStore

struct CachePolicyTests {
    let place: TreePlace

    init() throws { place = try TreePlace() }

    private func put(_ name: String, _ files: [String: [UInt8]], age: Duration) throws -> Digest {
        for (file, bytes) in files { try place.write(bytes, to: "\(name)/\(file)") }
        let before = try place.store.needsOfAll()
        let digest = try place.store.put(folder: place.file(name)).digest
        try place.age(by: age, place.store.needs(of: [digest]).subtracting(before))
        return digest
    }

    private func inventory(_ referrers: [Digest: [String]] = [:]) throws -> CacheInventory {
        try CacheInventory(home: place.home) { referrers }
    }

    private static let day = Duration.seconds(86_400)

    @Test func `an inventory shows contents, not parts`() throws {
        let folder = try put("a", ["large": randomBytes(3 << 20, seed: 1), "small": [1, 2]], age: Self.day * 9)
        try place.write(randomBytes(2 << 20, seed: 2), to: "file")
        let file = try place.store.put(file: place.file("file")).digest
        let blob = try place.store.blobs.put(Array("blob".utf8))
        try place.age(by: Self.day * 5, [blob])
        let inventory = try inventory([blob: ["release 3"]])
        #expect(inventory.contents.map(\.digest) == [folder, blob, file])
        #expect(inventory.contents.map(\.kind) == [.folder, .file, .file])
        #expect(inventory.contents.map(\.sizeBytes) == [(3 << 20) + 2, 4, 2 << 20])
        #expect(inventory.contents.map(\.referrers) == [[], ["release 3"], []])
        #expect(inventory.storedBytes > 5 << 20)
    }

    @Test func `a part that somebody refers to is a content of its own`() throws {
        let bytes = randomBytes(50_000, seed: 3)
        _ = try put("a", ["middle": bytes], age: .zero)
        #expect(try inventory().contents.count == 1)
        #expect(try inventory([Digest(of: bytes): ["model"]]).contents.count == 2)
    }

    @Test func `without a limit nothing goes`() throws {
        _ = try put("a", ["x": [1]], age: Self.day * 99)
        #expect(CachePolicy().plan(try inventory(), now: .now).items.isEmpty)
    }

    @Test func `what was not used for longest goes first, until the rest fits`() throws {
        let old = try put("a", ["x": randomBytes(100_000, seed: 1)], age: Self.day * 9)
        let middle = try put("b", ["x": randomBytes(100_000, seed: 2)], age: Self.day * 5)
        let young = try put("c", ["x": randomBytes(100_000, seed: 3)], age: Self.day * 3)
        let plan = CachePolicy(storedBytesMax: 150_000).plan(try inventory(), now: .now)
        #expect(plan.items.map(\.content.digest) == [old, middle])
        #expect(plan.storedBytesAfter <= 150_000)
        let freed = try plan.carryOut(in: place.home)
        #expect(freed == plan.freedBytes)
        #expect(try inventory().storedBytes == plan.storedBytesAfter)
        #expect(try place.store.contains(young))
        #expect(try !place.store.contains(middle))
    }

    @Test func `what was not used for too long goes`() throws {
        let old = try put("a", ["x": [1]], age: Self.day * 31)
        let other = try put("b", ["x": [2]], age: Self.day * 29)
        let plan = CachePolicy(unusedMax: Self.day * 30).plan(try inventory(), now: .now)
        #expect(plan.items.map(\.content.digest) == [old])
        try plan.carryOut(in: place.home)
        #expect(try place.store.contains(other))
    }

    @Test func `what is kept stays, and all that it needs with it`() throws {
        let shared = randomBytes(4 << 20, seed: 5)
        let kept = try put("a", ["large": shared, "x": [1]], age: Self.day * 40)
        let other = try put("b", ["large": shared, "y": [2]], age: Self.day * 40)
        let plan = CachePolicy(storedBytesMax: 0, kept: [kept]).plan(try inventory(), now: .now)
        #expect(plan.items.map(\.content.digest) == [other])
        #expect(plan.freedBytes < 10_000, "the large file stays")
        try plan.carryOut(in: place.home)
        #expect(try place.store.contains(kept))
        #expect(try !place.store.contains(other))
    }

    @Test func `a content stays with a part of it that is kept`() throws {
        let bytes = randomBytes(50_000, seed: 3)
        _ = try put("a", ["middle": bytes], age: Self.day * 40)
        #expect(CachePolicy(storedBytesMax: 0, kept: [Digest(of: bytes)]).plan(try inventory(), now: .now).items.isEmpty)
    }

    @Test func `what is young stays, whatever the policy says`() throws {
        _ = try put("a", ["x": [1]], age: .seconds(3_600))
        #expect(CachePolicy(storedBytesMax: 0, unusedMax: .zero).plan(try inventory(), now: .now).items.isEmpty)
        #expect(CachePolicy(storedBytesMax: 0, youth: .seconds(60)).plan(try inventory(), now: .now).items.count == 1)
    }

    @Test func `what is used after the plan was made stays`() throws {
        let digest = try put(
            "a", ["large": randomBytes(3 << 20, seed: 1), "middle": randomBytes(90_000, seed: 4), "x": [1]], age: Self.day * 9)
        let plan = CachePolicy(storedBytesMax: 0).plan(try inventory(), now: .now)
        #expect(plan.items.count == 1)
        #expect(try place.store.put(folder: place.file("a")).digest == digest)
        #expect(try plan.carryOut(in: place.home) == 0)
        #expect(try place.store.contains(digest))
    }

    @Test func `chunks that a new list needs stay`() throws {
        var bytes = randomBytes(8 << 20, seed: 7)
        _ = try put("a", ["large": bytes], age: Self.day * 9)
        let plan = CachePolicy(storedBytesMax: 0).plan(try inventory(), now: .now)
        bytes[4 << 20] ^= 1
        try place.write(bytes, to: "other")
        let other = try place.store.put(file: place.file("other")).digest
        #expect(try plan.carryOut(in: place.home) > 0)
        #expect(try place.store.contains(other))
    }

    @Test func `a plan may be carried out twice, and beside another one`() throws {
        _ = try put("a", ["x": [1], "middle": randomBytes(90_000, seed: 4)], age: Self.day * 9)
        let plan = CachePolicy(storedBytesMax: 0).plan(try inventory(), now: .now)
        #expect(try plan.carryOut(in: place.home) == plan.storedBytes)
        #expect(try plan.carryOut(in: place.home) == 0)
        #expect(try inventory().contents.isEmpty)
    }

    @Test func `the last executions of each step are kept`() {
        let digests = (0..<6).map { Digest(of: "\($0)") }
        let executions: [[Set<Digest>]] = [[[digests[0]], [digests[1]], [digests[2]]], [[digests[3], digests[4]], [digests[5]]], []]
        #expect(CachePolicy.last(1, of: executions) == [digests[0], digests[3], digests[4]])
        #expect(CachePolicy.last(2, of: executions) == Set(digests).subtracting([digests[2]]))
        #expect(CachePolicy.last(0, of: executions).isEmpty)
    }

    @Test(arguments: 0..<8)
    func `any policy keeps whole what it keeps, and frees what it says`(_ seed: UInt64) throws {
        var random = SplitMix64(seed: seed)
        let pieces = (0..<6).map { randomBytes($0 < 4 ? 40_000 : 2 << 20, seed: 100 + UInt64($0)) }
        var contents: [Digest] = []
        for number in 0..<6 {
            var files: [String: [UInt8]] = ["own": Array("\(number)".utf8)]
            for piece in 0..<6 where random.index(below: 2) == 0 { files["p\(piece)"] = pieces[piece] }
            contents.append(try put("f\(number)", files, age: Self.day * (2 + random.index(below: 30))))
        }
        // Shared parts are as young as the last content that used them; here all are old.
        try place.age(by: Self.day * 2, place.store.needsOfAll().subtracting(contents))
        let inventory = try inventory()
        let kept = Set(contents.filter { _ in random.index(below: 3) == 0 })
        let policy = CachePolicy(
            storedBytesMax: random.index(below: inventory.storedBytes), unusedMax: Self.day * random.index(below: 40), kept: kept)
        let plan = policy.plan(inventory, now: .now)
        let gone = Set(plan.items.map(\.content.digest))
        #expect(gone.isDisjoint(with: kept))
        #expect(plan.items.map(\.content.usedAt) == plan.items.map(\.content.usedAt).sorted())
        #expect(try plan.carryOut(in: place.home) == plan.freedBytes)
        for digest in contents { #expect(try place.store.contains(digest) == !gone.contains(digest)) }
        // What is left is what the rest needs, and nothing else.
        let needed = try place.store.needs(of: Set(contents).subtracting(gone))
        #expect(try place.blobs().isSubset(of: needed))
    }
}
