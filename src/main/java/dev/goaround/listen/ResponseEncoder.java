package dev.goaround.listen;

import io.netty.handler.codec.http.HttpResponse;
import io.netty.handler.codec.http.HttpResponseEncoder;
import io.netty.handler.codec.http.HttpStatusClass;

/** Writes responses, told for each whether it answers a HEAD request and so has no body whatever it announces. */
final class ResponseEncoder extends HttpResponseEncoder {

    private boolean head;

    /** Says whether the next final response answers a HEAD request. */
    void answersHead(boolean answersHead) {
        head = answersHead;
    }

    @Override
    protected boolean isContentAlwaysEmpty(HttpResponse response) {
        boolean interim = response.status().codeClass() == HttpStatusClass.INFORMATIONAL;
        return (head && !interim) || super.isContentAlwaysEmpty(response);
    }
}
