import MartletCore
import NIOCore
import NIOPosix

/// Bodies that are taken and given as they come.
extension HTTPConnectionHandler {
    /// How many bytes of a streamed body must come within `readTimeout`.
    private static let progressSizeMinBytes = 64 << 10

    // MARK: Requests

    func makeStream(serial: Int) -> HTTPBodyStream {
        isStreamFull = false
        progressSizeBytes = 0
        let connection = NIOLoopBound(self, eventLoop: eventLoop)
        return HTTPBodyStream { [eventLoop] in eventLoop.execute { connection.value.handlerAsks(serial) } }
    }

    /// The handler of a streamed body waits for the first bytes, or has taken what held back the client.
    private func handlerAsks(_ serial: Int) {
        guard lifecycle.phase == .streaming, let running, running.serial == serial else { return }
        if running.request.mustInvite, !isInvited {
            isInvited = true
            output.append(ResponseEncoder.bodyExpected)
        }
        isStreamFull = false
        now = eventLoop.now
        restartClock()
        pump()
    }

    private func restartClock() {
        progressSizeBytes = 0
        timer.forget()
    }

    /// Hands on what is here of a streamed body, as far as there is room.
    func passBody() {
        guard let running, let stream = running.stream else { return }
        while !isStreamFull {
            switch assembler.nextPiece() {
            case .none: return
            case .piece(let bytes):
                progressSizeBytes += bytes.readableBytes
                if progressSizeBytes >= Self.progressSizeMinBytes { restartClock() }
                isStreamFull = !stream.append(bytes)
            case .end:
                stream.end()
                return lifecycle.bodyEnded()
            case .refused(let refusal):
                giveUp(running, CancellationError())
                return answer(running.request, refusal, since: running.startedAt, closes: true)
            }
        }
    }

    private func giveUp(_ running: Running, _ error: any Error) {
        running.task?.cancel()
        running.stream?.fail(error)
    }

    /// Drops what was not taken of a streamed body. - Returns: whether all of it had come.
    func endStream() -> Bool {
        isStreamFull = false
        isInvited = false
        return assembler.dropStream()
    }

    /// Neither the client nor the handler went on.
    func abandonStream() {
        guard let running else { return }
        let refusal =
            isStreamFull
            ? HTTPResponse.busy(503, "the body was not taken in time; try again later")
            : HTTPResponse.error(
                408,
                "less than \(Self.progressSizeMinBytes) bytes of the body came within \(core.configuration.readTimeout); send it faster")
        giveUp(running, CancellationError())
        answer(running.request, refusal, since: running.startedAt, closes: true)
        settle()
    }

    // MARK: Answers

    /// Cancels what still works for a client that is gone.
    func letGo() {
        running?.task?.cancel()
        running?.stream?.fail(HTTPBodyStream.clientGone)
        running = nil
        sending?.cancel()
        sending = nil
    }

    /// Sends what is read as it is sent.
    func send(_ source: ResponseSource) {
        switch source {
        case .file(let file): send(file, from: file.range.lowerBound)
        case .stream(let stream): send(stream, rest: stream.sizeBytes)
        }
    }

    /// Sends a file piece by piece; each is read when the client has taken the one before.
    func send(_ file: ResponseFile, from offset: Int) {
        let piece = NIOThreadPool.singleton.runIfActive(eventLoop: eventLoop) { try file.piece(at: offset) }
        piece.assumeIsolated().whenComplete { [weak self] result in
            guard let self, self.lifecycle.phase == .writing, let context = self.context else { return }
            guard case .success(let bytes) = result else { return self.perform(.close) }
            let next = offset + bytes.readableBytes
            context.writeAndFlush(self.wrapOutboundOut(bytes)).assumeIsolated().whenComplete { [weak self] result in
                self?.sent(file, upTo: next, result)
            }
        }
    }

    private func sent(_ file: ResponseFile, upTo offset: Int, _ result: Result<Void, any Error>) {
        guard case .success = result, offset < file.range.upperBound else { return written(result) }
        guard lifecycle.phase == .writing else { return }
        now = eventLoop.now
        timer.forget()
        setTimer()
        send(file, from: offset)
    }

    /// Sends what another machine has; each piece is asked for when the client has taken the one before.
    func send(_ stream: ResponseStream, rest: Int) {
        let connection = NIOLoopBound(self, eventLoop: eventLoop)
        sending = Task { [eventLoop] in
            // What failed shows in how the connection ends; the status is long sent.
            let piece = try? await stream.next()
            eventLoop.execute { connection.value.came(piece, of: stream, rest: rest) }
        }
    }

    private func came(_ piece: [UInt8]?, of stream: ResponseStream, rest: Int) {
        sending = nil
        guard lifecycle.phase == .writing, let context else { return }
        guard let piece, !piece.isEmpty, piece.count <= rest else { return perform(.close) }
        let rest = rest - piece.count
        context.writeAndFlush(wrapOutboundOut(ByteBuffer(bytes: piece))).assumeIsolated().whenComplete { [weak self] result in
            guard let self else { return }
            guard case .success = result, rest > 0 else { return self.written(result) }
            guard self.lifecycle.phase == .writing else { return }
            self.now = self.eventLoop.now
            self.timer.forget()
            self.setTimer()
            self.send(stream, rest: rest)
        }
    }
}
