import Foundation
import Glibc
import MartletCore
import Synchronization
import Testing

@testable import MartletStore

/// Writes that end at any step, as in a crash.
struct TreeStoreCrashTests {
    struct Crash: Error {}

    let place: TreePlace

    init() throws { place = try TreePlace() }

    private func crashing(at number: Int) -> (store: TreeStore, reached: () -> Int) {
        let count = Counter()
        let steps = TreeSteps { _ in if count.next() == number { throw Crash() } }
        return (TreeStore(home: place.home, steps: steps), { count.value })
    }

    private func makeContent(_ seed: UInt64) throws {
        for number in 0..<400 { try place.write(randomBytes(1_000, seed: seed + UInt64(number)), to: "data/s/\(number)") }
        try place.write(randomBytes(3 << 20, seed: seed + 1_000), to: "data/large")
        try place.write(randomBytes(50_000, seed: seed + 1_001), to: "data/middle")
    }

    /// No list names what is not there.
    private func expectNoBrokenLists(_ note: Comment) throws {
        for digest in try place.store.lists.digests() { #expect(try place.store.contains(digest), note) }
    }

    @Test func `a crash at any step of a put leaves no list that names what is not there`() throws {
        try makeContent(0)
        let path = place.file("data")
        for number in 0..<1_000 {
            try FileManager.default.removeItem(atPath: place.file("home"))
            try place.home.prepare()
            let (store, reached) = crashing(at: number)
            do {
                let kept = try store.put(folder: path)
                #expect(reached() == number, "all steps were tried")
                #expect(number > 10)
                #expect(try place.store.contains(kept.digest))
                return
            } catch is Crash {
                try expectNoBrokenLists("step \(number)")
                let kept = try place.store.put(folder: path)
                #expect(try place.store.contains(kept.digest), "step \(number)")
            }
        }
        Issue.record("a put has more steps than were tried")
    }

    @Test func `what was acknowledged survives a crash of what follows`() throws {
        try makeContent(0)
        let first = try place.store.put(folder: place.file("data"))
        try place.write("other", to: "data/s/7")
        try place.write(randomBytes(3 << 20, seed: 5_000), to: "data/large")
        for number in 0..<40 {
            do {
                _ = try crashing(at: number).store.put(folder: place.file("data"))
            } catch is Crash {}
            #expect(try place.store.contains(first.digest))
        }
        try FileManager.default.removeItem(atPath: place.file("data"))
        try place.store.materialise(first.digest, at: place.file("data"))
        #expect(try place.tree(of: "data").digest == first.digest)
    }

    /// A model of a disk that has lost all that was not synced: bytes are safe from `syncBytes` on, names from `syncNames` on.
    @Test func `bytes are synced before their names, and names before lists`() throws {
        try makeContent(0)
        let steps = Recorder()
        let store = TreeStore(home: place.home, steps: TreeSteps { steps.add($0) })
        _ = try store.put(folder: place.file("data"))
        let order = steps.order
        let phases = order.split { $0 == .syncNames }
        #expect(phases.count == 3, "blobs, lists of files, the list of the folder")
        for phase in phases {
            let kinds = phase.reduce(into: [TreeSteps.Step]()) { if $0.last != $1 { $0.append($1) } }
            #expect(kinds == [.write, .syncBytes, .name])
        }
        #expect(order.last == .syncNames)
    }

    @Test func `a file that changes between two looks at a folder is read again`() throws {
        for number in 0..<50 { try place.write(randomBytes(2_000, seed: UInt64(number)), to: "data/\(number)") }
        let (place, changes) = (place, Counter())
        let store = TreeStore(
            home: place.home,
            steps: TreeSteps { step in
                // The first pack is written: what it was made of is read. The others follow.
                if step == .write, changes.next() == 0 { try place.write("changed", to: "data/late") }
            })
        let kept = try store.put(folder: place.file("data"))
        #expect(try place.store.contains(kept.digest))
        #expect(try !place.store.tree(kept.digest).entries.contains { $0.name == "late" })
        #expect(try place.store.put(folder: place.file("data")).digest == place.tree(of: "data").digest)
    }

    @Test func `a folder that never stops to change is a conflict`() throws {
        for number in 0..<100 { try place.write(randomBytes(50_000, seed: UInt64(number)), to: "data/\(number + 1_000)") }
        let (place, changes) = (place, Counter())
        let store = TreeStore(
            home: place.home,
            steps: TreeSteps { step in
                // One that is read late has other bytes of the same size by the time that an early one is written.
                if step == .write { try place.write(randomBytes(50_000, seed: 9_000 + UInt64(changes.next())), to: "data/1099") }
            })
        #expect(code(of: { try store.put(folder: place.file("data")) }) == .conflict)
        #expect(try place.folder.names(in: "home/temporary").isEmpty)
        try expectNoBrokenLists("after a conflict")
    }
}

/// Counts from zero, from any thread.
private final class Counter: Sendable {
    private let count = Atomic(0)

    var value: Int { count.load(ordering: .relaxed) }

    func next() -> Int { count.add(1, ordering: .relaxed).oldValue }
}

private final class Recorder: Sendable {
    private let steps = Mutex<[TreeSteps.Step]>([])

    var order: [TreeSteps.Step] { steps.withLock { $0 } }

    func add(_ step: TreeSteps.Step) { steps.withLock { $0.append(step) } }
}
