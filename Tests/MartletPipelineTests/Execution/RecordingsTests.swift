import Synchronization
import Testing

@testable import MartletPipeline

@Suite struct RecordingsTests {
    /// Lets a task wait, and says whether it is done.
    private func waiter(_ recordings: Recordings, forAllBut count: Int, _ isDone: Gate) -> Task<Bool, Never> {
        Task {
            let isGood = await recordings.wait(forAllBut: count)
            isDone.open.withLock { $0 = true }
            return isGood
        }
    }

    /// Lets it come to where it waits. - Returns: `false` where it went on without waiting.
    private func waits(_ recordings: Recordings, _ isDone: Gate) async -> Bool {
        while recordings.waitingCount == 0 {
            if isDone.open.withLock({ $0 }) { return false }
            await Task.yield()
        }
        return true
    }

    private final class Gate: Sendable {
        let open = Mutex(false)
    }

    @Test func `who waits for all goes on once those before it have ended, whoever began since`() async {
        let recordings = Recordings()
        let (first, second) = (recordings.begin(), recordings.begin())
        let gate = Gate()
        let task = waiter(recordings, forAllBut: 0, gate)
        #expect(await waits(recordings, gate))
        let later = recordings.begin()
        recordings.end(second)
        #expect(!gate.open.withLock { $0 })
        recordings.end(first)
        #expect(await task.value)
        recordings.end(later)
    }

    @Test func `so many as are named may be under way`() async {
        let recordings = Recordings()
        let numbers = (0..<3).map { _ in recordings.begin() }
        #expect(await recordings.wait(forAllBut: 3))
        let gate = Gate()
        let task = waiter(recordings, forAllBut: 2, gate)
        #expect(await waits(recordings, gate))
        // The oldest counts, whoever ends.
        recordings.end(numbers[1])
        recordings.end(numbers[2])
        #expect(recordings.waitingCount == 1)
        recordings.end(numbers[0])
        #expect(await task.value)
    }

    @Test func `nobody waits where nothing is under way`() async {
        #expect(await Recordings().wait(forAllBut: 0))
    }

    @Test func `nobody relies on what could not be put on record`() async {
        let recordings = Recordings()
        let number = recordings.begin()
        let gate = Gate()
        let task = waiter(recordings, forAllBut: 0, gate)
        #expect(await waits(recordings, gate))
        recordings.end(number, isGood: false)
        #expect(await !task.value)
        #expect(await !recordings.wait(forAllBut: 5))
    }
}
