import Synchronization
import Testing

@testable import MartletPipeline

@Suite struct RecordingsTests {
    /// Lets a task wait, and says whether it is done.
    private func waiter(_ recordings: Recordings, forAllBut count: Int, _ isDone: Gate) -> Task<Void, Never> {
        Task {
            _ = await recordings.wait(forAllBut: count)
            isDone.open.withLock { $0 = true }
        }
    }

    private final class Gate: Sendable {
        let open = Mutex(false)
    }

    @Test func `who waits for all goes on once those before it have ended, whoever began since`() async {
        let recordings = Recordings()
        let (first, second) = (recordings.begin(), recordings.begin())
        let gate = Gate()
        let task = waiter(recordings, forAllBut: 0, gate)
        while recordings.waitingCount == 0 { await Task.yield() }
        let later = recordings.begin()
        recordings.end(second)
        #expect(!gate.open.withLock { $0 })
        recordings.end(first)
        await task.value
        recordings.end(later)
    }

    @Test func `so many as are named may be under way`() async {
        let recordings = Recordings()
        let numbers = (0..<3).map { _ in recordings.begin() }
        #expect(await recordings.wait(forAllBut: 3))
        let gate = Gate()
        let task = waiter(recordings, forAllBut: 2, gate)
        while recordings.waitingCount == 0 { await Task.yield() }
        // The oldest counts, whoever ends.
        recordings.end(numbers[1])
        recordings.end(numbers[2])
        #expect(recordings.waitingCount == 1)
        recordings.end(numbers[0])
        await task.value
        #expect(gate.open.withLock { $0 })
    }

    @Test func `nobody waits where nothing is under way`() async {
        #expect(await Recordings().wait(forAllBut: 0))
    }

    @Test func `nobody relies on what could not be put on record`() async {
        let recordings = Recordings()
        let number = recordings.begin()
        async let isGood = recordings.wait(forAllBut: 0)
        while recordings.waitingCount == 0 { await Task.yield() }
        recordings.end(number, isGood: false)
        #expect(await !isGood)
        #expect(await !recordings.wait(forAllBut: 5))
    }
}
