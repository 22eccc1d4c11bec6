import Testing

@testable import MartletServer

struct ConnectionLifecycleTests {
    private func lifecycle(_ change: (inout ConnectionLifecycle) -> Void) -> ConnectionLifecycle {
        var lifecycle = ConnectionLifecycle()
        change(&lifecycle)
        return lifecycle
    }

    @Test func `a written answer frees the connection`() {
        var connection = lifecycle {
            $0.started()
            $0.answered(closes: false, lingers: false)
        }
        #expect(connection.written(isReceiving: false) == .proceed)
        #expect(connection.phase == .idle)
    }

    @Test func `a written answer goes on with what has begun to arrive`() {
        var connection = lifecycle {
            $0.started()
            $0.answered(closes: false, lingers: false)
        }
        #expect(connection.written(isReceiving: true) == .proceed)
        #expect(connection.phase == .receiving)
    }

    @Test func `the last answer closes`() {
        var connection = lifecycle {
            $0.started()
            $0.answered(closes: true, lingers: false)
        }
        #expect(connection.written(isReceiving: false) == .close)
    }

    @Test func `the last answer to a client that still sends lingers`() {
        var connection = lifecycle {
            $0.started()
            $0.answered(closes: true, lingers: true)
        }
        #expect(connection.written(isReceiving: true) == .linger)
    }

    @Test func `lingering ends with time`() {
        var connection = lifecycle {
            $0.started()
            $0.answered(closes: true, lingers: true)
            _ = $0.written(isReceiving: false)
        }
        #expect(connection.timedOut() == .close)
    }

    @Test func `draining closes what rests`() {
        var connection = ConnectionLifecycle()
        #expect(connection.drain() == .close)
    }

    @Test func `draining leaves what runs, and makes its answer the last`() {
        var connection = lifecycle { $0.started() }
        #expect(connection.drain() == .none)
        connection.answered(closes: false, lingers: false)
        #expect(connection.written(isReceiving: false) == .close)
    }

    @Test func `draining leaves what arrives`() {
        var connection = lifecycle { $0.bytesArrived() }
        #expect(connection.drain() == .none)
    }

    @Test func `time closes what rests`() {
        var connection = ConnectionLifecycle()
        #expect(connection.timedOut() == .close)
    }

    @Test func `time refuses what arrives too slowly`() {
        var connection = lifecycle { $0.bytesArrived() }
        #expect(connection.timedOut() == .refuseSlowRequest)
    }

    @Test func `time abandons what runs too long`() {
        var connection = lifecycle { $0.started() }
        #expect(connection.timedOut() == .abandonHandler)
    }

    @Test func `an answer that is written after the end changes nothing`() {
        var connection = lifecycle {
            $0.started()
            $0.answered(closes: false, lingers: false)
            $0.closed()
        }
        #expect(connection.written(isReceiving: false) == .none)
        #expect(connection.phase == .closed)
    }

    @Test func `a streamed request runs once its body has ended`() {
        let connection = lifecycle {
            $0.started(streams: true)
            $0.bodyEnded()
        }
        #expect(connection.phase == .running)
    }

    @Test func `a streamed request may be answered before its body has ended`() {
        var connection = lifecycle {
            $0.started(streams: true)
            $0.answered(closes: true, lingers: true)
        }
        #expect(connection.written(isReceiving: false) == .linger)
    }

    @Test func `a streamed body that does not go on is abandoned`() {
        var connection = lifecycle { $0.started(streams: true) }
        #expect(connection.timedOut() == .abandonStream)
    }

    @Test func `an answer that was on its way as draining began is the last`() {
        var connection = lifecycle {
            $0.started()
            $0.answered(closes: false, lingers: false)
        }
        #expect(connection.drain() == .none)
        #expect(connection.written(isReceiving: false) == .close)
    }
}
