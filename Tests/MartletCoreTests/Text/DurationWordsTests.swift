import MartletCore
import Testing

@Suite struct DurationWordsTests {
    @Test(arguments: [
        (Duration.milliseconds(35), "35 ms", "0:00"), (.milliseconds(1_249), "1.2 s", "0:01"), (.seconds(3_727), "3727.0 s", "1:02:07"),
        (.seconds(-3_600), "0 ms", "0:00"),
    ])
    func `a duration is never less than none`(duration: Duration, words: String, clock: String) {
        #expect(duration.words == words)
        #expect(duration.clockText == clock)
    }
}
