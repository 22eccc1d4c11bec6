import MartletCore
import Synchronization
import Testing

@testable import MartletPipeline

@Suite struct LineageQueueTests {
    @Test(.timeLimit(.minutes(1))) func `a rest whose time is over at once is over`() async {
        let queue = LineageQueue(countMax: 1)
        for _ in 0..<10_000 { await queue.rest(for: .seconds(1_000), sleep: { _ in }) }
        #expect(queue.put("next"))
        #expect(await queue.next(1) == ["next"])
    }

    @Test(.timeLimit(.minutes(1))) func `a rest ends where no event follows, also one that begins after that`() async {
        let queue = LineageQueue(countMax: 1)
        let rest = Task { await queue.rest(for: .seconds(1_000)) }
        queue.finish()
        await rest.value
        await queue.rest(for: .seconds(1_000))
        #expect(await queue.next(1) == nil)
    }

    @Test func `no time is no rest`() async {
        let slept = Mutex(false)
        await LineageQueue(countMax: 1).rest(for: .zero, sleep: { _ in slept.withLock { $0 = true } })
        #expect(!slept.withLock { $0 })
    }
}
