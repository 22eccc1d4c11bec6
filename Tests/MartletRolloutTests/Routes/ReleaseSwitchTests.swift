import MartletCore
import MartletTesting
import Testing

@testable import MartletRollout

@Suite struct ReleaseSwitchTests {
    @Test func `before the first swap nothing answers`() {
        #expect(ReleaseSwitch<Int>().current == nil)
    }

    @Test func `a swap answers what was there before`() {
        let position = ReleaseSwitch<Int>()
        #expect(position.swap(to: Digest(of: "a"), 1) == nil)
        #expect(position.swap(to: Digest(of: "b"), 2) == Digest(of: "a"))
        #expect(position.current?.loaded == 2)
    }

    @Test func `under concurrent swaps a reader always sees a release with its own content`() async {
        let position = ReleaseSwitch<String>()
        let mixed = Gathering<Digest>()
        await withTaskGroup(of: Void.self) { group in
            for writer in 0..<4 {
                group.addTask {
                    for round in 0..<500 { position.swap(to: Digest(of: "\(writer) \(round)"), "\(writer) \(round)") }
                }
            }
            for _ in 0..<4 {
                group.addTask {
                    for _ in 0..<500 {
                        guard let current = position.current, current.release != Digest(of: current.loaded) else {
                            continue
                        }
                        mixed.add(current.release)
                    }
                }
            }
        }
        #expect(mixed.all.isEmpty)
    }

    @Test func `concurrent swaps answer each release before the last exactly once`() async {
        let position = ReleaseSwitch<Int>()
        let replaced = Gathering<Digest>()
        await withTaskGroup(of: Void.self) { group in
            for number in 0..<200 {
                group.addTask {
                    guard let before = position.swap(to: Digest(of: "\(number)"), number) else { return }
                    replaced.add(before)
                }
            }
        }
        let seen = replaced.all
        #expect(seen.count == 199)
        #expect(Set(seen).union([position.current?.release].compactMap { $0 }).count == 200)
    }

    @Test func `what a swap replaced lives on with those who hold it`() {
        final class Life: Sendable {}
        let position = ReleaseSwitch<Life>()
        position.swap(to: Digest(of: "a"), Life())
        let held = position.current?.loaded
        weak let watched = held
        position.swap(to: Digest(of: "b"), Life())
        #expect(watched != nil)
        #expect(held != nil)
    }
}
