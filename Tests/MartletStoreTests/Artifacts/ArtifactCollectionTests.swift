import MartletCore
import MartletStore
import MartletTesting
import Testing

struct ArtifactCollectionTests {
    /// Behind all that a test puts.
    private let later = Timestamp.now + .seconds(600)

    @Test(arguments: DatabaseKind.all)
    func `only content that nothing refers to is found and removed`(_ kind: DatabaseKind) async throws {
        try await ArtifactPlace.with(kind) { place in
            for path in ["a", "b"] { try await place.put(path, "shared") }
            try await place.put("c", "alone")
            let blobs = BlobStore(home: place.home)
            let step = try blobs.put(Array("of a step".utf8))
            for path in ["a", "c"] { _ = try await place.delete(path) }
            let found = try await place.store.unreferencedBlobs(before: later) { $0 == step }
            #expect(found.map(\.digest) == [Digest(of: "alone")])
            #expect(found.map(\.sizeBytes) == [5])
            #expect(try await place.store.collect(found, before: later) == found)
            #expect(!blobs.contains(Digest(of: "alone")))
            #expect(try await place.read("b") == "shared")
            #expect(blobs.contains(step))
        }
    }

    @Test(arguments: DatabaseKind.all)
    func `what is young is left alone`(_ kind: DatabaseKind) async throws {
        try await ArtifactPlace.with(kind) { place in
            try await place.put("a", "1")
            _ = try await place.delete("a")
            #expect(try await place.store.unreferencedBlobs(before: .now - .seconds(600)) { _ in false }.isEmpty)
        }
    }

    @Test(arguments: DatabaseKind.all)
    func `what is put again after it was found stays`(_ kind: DatabaseKind) async throws {
        try await ArtifactPlace.with(kind) { place in
            try await place.put("a", "1")
            _ = try await place.delete("a")
            let found = try await place.store.unreferencedBlobs(before: later) { _ in false }
            #expect(found.count == 1)
            try await place.put("b", "1")
            #expect(try await place.store.collect(found, before: later).isEmpty)
            #expect(try await place.read("b") == "1")
        }
    }
}
