import MartletCore
import MartletTesting
import Testing

@testable import MartletStore

struct ArtifactCollectionTests {
    /// Behind all that a test puts.
    private let later = Timestamp.now + .seconds(600)

    @Test(arguments: ArtifactKind.all)
    func `only content that nothing refers to is found and removed`(_ kind: ArtifactKind) async throws {
        try await ArtifactPlace.with(kind) { place in
            for path in ["a", "b"] { try await place.put(path, "shared") }
            try await place.put("c", "alone")
            for path in ["a", "c"] { _ = try await place.delete(path) }
            let found = try await place.store.unreferencedBlobs(before: later)
            #expect(found.map(\.digest) == [Digest(of: "alone")])
            #expect(found.map(\.sizeBytes) == [5])
            #expect(try await place.store.collect(found, before: later) == found)
            #expect(try await place.contents().map(\.digest) == [Digest(of: "shared")])
            #expect(try await place.read("b") == "shared")
        }
    }

    @Test(arguments: ArtifactKind.onDisk)
    func `a home is paired with the first database that serves it, and with no other`(_ kind: ArtifactKind) async throws {
        try await ArtifactPlace.with(kind) { place in
            #expect(try await !place.store.isPaired())
            try await place.store.pair()
            try await place.store.pair()
            #expect(try await place.store.isPaired())
            try await kind.database.withDatabase { database in
                let stranger = try await ArtifactStore(database, home: place.home)
                try await stranger.pair()
                #expect(try await !stranger.isPaired())
            }
            #expect(try await place.store.isPaired())
        }
    }

    @Test(arguments: ArtifactKind.all)
    func `what is young is left alone`(_ kind: ArtifactKind) async throws {
        try await ArtifactPlace.with(kind) { place in
            try await place.put("a", "1")
            _ = try await place.delete("a")
            #expect(try await place.store.unreferencedBlobs(before: .now - .seconds(600)).isEmpty)
        }
    }

    @Test(arguments: ArtifactKind.all)
    func `what is put again after it was found stays`(_ kind: ArtifactKind) async throws {
        try await ArtifactPlace.with(kind) { place in
            try await place.put("a", "1")
            _ = try await place.delete("a")
            let found = try await place.store.unreferencedBlobs(before: later)
            #expect(found.count == 1)
            try await place.put("b", "1")
            #expect(try await place.store.collect(found, before: later).isEmpty)
            #expect(try await place.read("b") == "1")
        }
    }

    @Test(arguments: ArtifactKind.all)
    func `what is removed can be written again`(_ kind: ArtifactKind) async throws {
        try await ArtifactPlace.with(kind) { place in
            try await place.put("a", "1")
            _ = try await place.delete("a")
            let found = try await place.store.unreferencedBlobs(before: later)
            #expect(try await place.store.collect(found, before: later).count == 1)
            try await place.put("b", "1")
            #expect(try await place.read("b") == "1")
        }
    }

    @Test(arguments: ArtifactKind.all)
    func `what a collector removes meanwhile is not kept, and is once it is done or was killed`(_ kind: ArtifactKind) async throws {
        try await ArtifactPlace.with(kind) { place in
            let digest = Digest(of: "1")
            let mayGo = try await place.database.write { try $0.beginRemoval(of: digest, token: "a", at: .second(0)) }
            #expect(mayGo)
            let error = await #expect(throws: MartletError.self) { try await place.put("a", "1") }
            #expect(error?.code == .unavailable)
            place.clock.set(.second(0) + ContentRemoval.timeMax)
            try await place.put("a", "1")
            #expect(try await place.read("a") == "1")
        }
    }

    @Test(arguments: ArtifactKind.all)
    func `what another collector removes is left to it, until it is done or was killed`(_ kind: ArtifactKind) async throws {
        try await ArtifactPlace.with(kind) { place in
            try await place.put("a", "1")
            _ = try await place.delete("a")
            let found = try await place.store.unreferencedBlobs(before: later)
            let mayGo = try await place.database.write { try $0.beginRemoval(of: Digest(of: "1"), token: "a", at: .second(0)) }
            #expect(mayGo)
            let error = await #expect(throws: MartletError.self) { try await place.store.collect(found, before: later) }
            #expect(error?.code == .locked)
            #expect(error?.message.contains("until \(Timestamp.second(0) + ContentRemoval.timeMax)") == true)
            #expect(try await place.contents().count == 1)
            place.clock.set(.second(0) + ContentRemoval.timeMax)
            #expect(try await place.store.collect(found, before: later) == found)
        }
    }

    @Test(arguments: ArtifactKind.all)
    func `what another collector took over is not removed`(_ kind: ArtifactKind) async throws {
        try await ArtifactPlace.with(kind) { place in
            for path in ["a", "b"] { try await place.put(path, path) }
            for path in ["a", "b"] { _ = try await place.delete(path) }
            var content = WatchedContent(place)
            content.didRemove = {
                try await place.database.write { connection in
                    _ = try connection.execute("UPDATE artifact_removals SET token = 'another'")
                }
            }
            let store = try await ArtifactStore(place.database, home: place.home, content: content) { place.clock.now }
            let found = try await store.unreferencedBlobs(before: later)
            #expect(try await store.collect(found, before: later) == Array(found.prefix(1)))
            #expect(try await place.contents().map(\.digest) == found.dropFirst().map(\.digest))
        }
    }

    @Test(arguments: ArtifactKind.all)
    func `what was put before a collector began and is written down after it is refused`(_ kind: ArtifactKind) async throws {
        try await ArtifactPlace.with(kind) { place in
            var collecting = WatchedContent(place)
            collecting.didPut = {
                let found = try await place.store.unreferencedBlobs(before: later)
                let removed = try await place.store.collect(found, before: later)
                #expect(removed.count == 1)
            }
            let store = try await ArtifactStore(place.database, home: place.home, content: collecting) { place.clock.now }
            let path = try ArtifactPath(writing: "a")
            await #expect(throws: MartletError.self) { try await store.keep(try place.upload("1"), at: path) }
            #expect(try await place.list("").isEmpty)
            try await place.put("a", "1")
            #expect(try await place.read("a") == "1")
        }
    }
}
