import Foundation
import MartletServer
import Testing

@Suite struct StopSignalTests {
    @Test func `who watches after another has watched is told as well`() async {
        // No other test uses it.
        let number = SIGUSR2
        for _ in 0..<20 {
            let seen = await StopSignal.watching([number]) { stop in
                kill(getpid(), number)
                return await stop.wait()
            }
            #expect(seen == number)
        }
    }
}
