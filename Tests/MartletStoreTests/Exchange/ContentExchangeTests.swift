import Foundation
import Glibc
import MartletCore
import MartletTesting
import Synchronization
import Testing

@testable import MartletStore

struct ContentExchangeTests {
    let place: TreePlace
    let objects = MemoryObjects()

    init() throws { place = try TreePlace() }

    /// A further machine with a home of its own, beside the objects.
    private struct Machine {
        let folder: TemporaryFolder
        let home: Home
        let store: TreeStore
        let exchange: ContentExchange

        init(_ objects: MemoryObjects) throws {
            folder = try TemporaryFolder()
            home = try folder.preparedHome()
            store = TreeStore(home: home)
            exchange = ContentExchange(home, with: objects, sleep: { _ in })
        }
    }

    private func exchange() -> ContentExchange { ContentExchange(place.home, with: objects, sleep: { _ in }) }

    /// A folder with files of all ways to be kept: in packs, alone, in chunks, empty.
    private func makeFolder() throws -> KeptContent {
        for number in 0..<40 { try place.write(randomBytes(number * 300, seed: UInt64(number)), to: "data/small/\(number)") }
        try place.write("#!/bin/sh\n", to: "data/run.sh", mode: 0o755)
        try place.write(randomBytes(200_000, seed: 1_001), to: "data/middle")
        try place.write(randomBytes(3 << 20, seed: 1_002), to: "data/large")
        try place.makeFolder("data/nothing")
        #expect(symlink("../elsewhere", place.file("data/link")) == 0)
        return try place.store.put(folder: place.file("data"))
    }

    @Test(arguments: [0, 1, TreeStore.wholeBytesMax, TreeStore.wholeBytesMax + 1, 9 << 20])
    func `a file comes into another home as it was`(_ count: Int) async throws {
        let bytes = randomBytes(count, seed: 4)
        try place.write(bytes, to: "file")
        let kept = try place.store.put(file: place.file("file"))
        try await exchange().send([kept.digest])
        let machine = try Machine(objects)
        try await machine.exchange.fetch([kept.digest])
        #expect(try machine.store.content(kept.digest) == kept)
        #expect(try machine.store.bytes(of: kept.digest) == bytes)
        #expect(try machine.folder.names(in: "home/temporary").isEmpty)
    }

    @Test func `a folder comes into another home as it was`() async throws {
        let kept = try makeFolder()
        try await exchange().send([kept.digest])
        let machine = try Machine(objects)
        try await machine.exchange.fetch([kept.digest])
        #expect(try machine.store.content(kept.digest) == kept)
        try machine.store.materialise(kept.digest, at: machine.folder.file("copy"))
        let copy = try FileIndex(root: machine.folder.path, file: machine.folder.file("no-index")).digest(ofFolder: "copy")
        #expect(try copy == place.tree(of: "data"))
    }

    @Test func `a folder of so many files that its manifest is in chunks comes as it was`() async throws {
        let name = String(repeating: "n", count: 200)
        for number in 0..<10_000 { try place.write([], to: "many/\(String(number * 7_919 % 10_007, radix: 36))\(name)") }
        let kept = try place.store.put(folder: place.file("many"))
        try await exchange().send([kept.digest])
        let machine = try Machine(objects)
        try await machine.exchange.fetch([kept.digest])
        #expect(try machine.store.tree(kept.digest) == place.tree(of: "many"))
    }

    @Test func `nothing is sent twice, and of what changed a little only that is sent`() async throws {
        try place.write(randomBytes(20 << 20, seed: 5), to: "file")
        let first = try place.store.put(file: place.file("file"))
        try await exchange().send([first.digest])
        let count = objects.puts.count
        #expect(Set(objects.puts).count == count)
        try await exchange().send([first.digest])
        #expect(objects.puts.count == count)
        var bytes = try place.read("file")
        bytes[10 << 20] ^= 1
        try place.write(bytes, to: "file")
        try await exchange().send([try place.store.put(file: place.file("file")).digest])
        #expect(objects.puts.count - count <= 4, "a chunk or two, and the list")
        #expect(Set(objects.puts).count == objects.puts.count)
    }

    @Test func `what is in the home already is not brought`() async throws {
        let kept = try makeFolder()
        try await exchange().send([kept.digest])
        let machine = try Machine(objects)
        try await machine.exchange.fetch([kept.digest])
        let count = objects.reads.count
        #expect(count > 0)
        try await machine.exchange.fetch([kept.digest])
        #expect(objects.reads.count == count)
    }

    // MARK: What is cut off

    @Test func `wherever sending is cut off, nobody takes it for whole, and the rest alone is sent later`() async throws {
        let kept = try makeFolder()
        try await exchange().send([kept.digest])
        let total = objects.puts.count
        #expect(total > 5)
        for count in 0..<total {
            let objects = MemoryObjects()
            objects.cutOff(afterPuts: count)
            let first = ContentExchange(place.home, with: objects, sleep: { _ in })
            await #expect(throws: MartletError.self) { try await first.send([kept.digest]) }
            let machine = try Machine(objects)
            await #expect(throws: MartletError.self) { try await machine.exchange.fetch([kept.digest]) }
            #expect(try machine.store.content(kept.digest) == nil)
            objects.cutOff()
            try await ContentExchange(place.home, with: objects, sleep: { _ in }).send([kept.digest])
            #expect(objects.puts.count == total)
            #expect(Set(objects.puts).count == total)
            try await machine.exchange.fetch([kept.digest])
            #expect(try machine.store.content(kept.digest) == kept)
        }
    }

    @Test func `wherever fetching is cut off, the home does not take it for whole, and the rest alone is brought later`() async throws {
        let kept = try makeFolder()
        try await exchange().send([kept.digest])
        let machine = try Machine(objects)
        try await machine.exchange.fetch([kept.digest])
        let all = Set(objects.reads)
        for count in 0..<objects.reads.count {
            let machine = try Machine(objects)
            objects.cutOff(reads: count)
            await #expect(throws: MartletError.self) { try await machine.exchange.fetch([kept.digest]) }
            #expect(try machine.store.content(kept.digest) == nil)
            objects.cutOff()
            try await machine.exchange.fetch([kept.digest])
            #expect(try machine.store.content(kept.digest) == kept)
        }
        #expect(Set(objects.reads) == all)
    }

    // MARK: What is not as it should be

    @Test func `whatever object is damaged is refused by name, and the home has nothing of it`() async throws {
        let kept = try makeFolder()
        try await exchange().send([kept.digest])
        for (name, bytes) in objects.objects where !bytes.isEmpty {
            var damaged = bytes
            damaged[bytes.count / 2] ^= 1
            objects.set(name, damaged)
            let machine = try Machine(objects)
            let error = await #expect(throws: MartletError.self) { try await machine.exchange.fetch([kept.digest]) }
            #expect(error?.code == .corrupt)
            #expect(error?.message.contains("'memory://\(name)'") == true, "\(String(describing: error))")
            #expect(try machine.store.content(kept.digest) == nil)
            objects.set(name, bytes)
        }
    }

    @Test func `whatever object is missing is named, and is sent anew`() async throws {
        let kept = try makeFolder()
        try await exchange().send([kept.digest])
        let list = "chunks/\(kept.digest.hex.prefix(2))/\(kept.digest.hex)"
        for (name, bytes) in objects.objects where name != list {
            objects.set(name, nil)
            let machine = try Machine(objects)
            let error = await #expect(throws: MartletError.self) { try await machine.exchange.fetch([kept.digest]) }
            #expect(error?.code == .notFound)
            try await exchange().send([kept.digest])
            #expect(objects.objects[name] == bytes)
            try await machine.exchange.fetch([kept.digest])
            #expect(try machine.store.content(kept.digest) == kept)
        }
    }

    @Test func `content that is not whole in the home is not sent`() async throws {
        let kept = try makeFolder()
        try FileManager.default.removeItem(atPath: place.store.blobs.path(of: Digest(of: randomBytes(200_000, seed: 1_001))))
        let error = await #expect(throws: MartletError.self) { try await exchange().send([kept.digest]) }
        #expect(error?.code == .notFound)
        #expect(objects.puts.isEmpty)
    }

    @Test func `what cannot be reached is tried again, and no longer than is said`() async throws {
        let pauses = Mutex<[Duration]>([])
        try place.write("a", to: "file")
        let kept = try place.store.put(file: place.file("file"))
        objects.cutOff(afterPuts: 0)
        let exchange = ContentExchange(place.home, with: objects) { pause in pauses.withLock { $0.append(pause) } }
        let error = await #expect(throws: MartletError.self) { try await exchange.send([kept.digest]) }
        #expect(error?.code == .unavailable)
        #expect(pauses.withLock(\.self) == [2, 4, 8, 16].map { .seconds($0) })
        #expect(!exchange.isSettled(kept.digest))
    }
}
