%% Runs inside the broker that Seatrial starts: takes commands on a Unix socket, as `util/program-control` asks them (HTTP, JSON both ways).
%% Records of the broker are matched as tuples, so that this compiles without its headers.
-module(seatrial_control).
-export([start/0, booted/0]).

-define(USER, <<"seatrial">>).
-define(LOG, seatrial_log).
-define(KEPT_MESSAGES, 50000).

start() ->
    spawn(fun listen/0). % the socket closes with the process that opened it

%% What misses epmd after a minute, and would start it.
booted() ->
    ok = supervisor:terminate_child(rabbit_sup, rabbit_epmd_monitor_sup).

listen() ->
    Path = os:getenv("SEATRIAL_CONTROL"),
    _ = file:delete(Path), % that of a start before
    {ok, Listener} = gen_tcp:listen(0, [{ifaddr, {local, Path}}, binary, {packet, http_bin}, {active, false}, {backlog, 128}]),
    ok = file:change_mode(Path, 8#600),
    accept(Listener).

accept(Listener) ->
    {ok, Socket} = gen_tcp:accept(Listener),
    Pid = spawn(fun() -> receive go -> serve(Socket) end end),
    ok = gen_tcp:controlling_process(Socket, Pid),
    Pid ! go,
    accept(Listener).

serve(Socket) ->
    ok = inet:setopts(Socket, [{packet, http_bin}, {active, false}]),
    case gen_tcp:recv(Socket, 0) of
        {ok, {http_request, 'POST', {abs_path, <<"/", Command/binary>>}, _}} ->
            {ok, Body} = body(Socket, 0),
            {Status, Answer} =
                try {<<"200 OK">>, handle(Command, rabbit_json:decode(Body), Socket)}
                catch _:Reason:Stack -> {<<"500 Failed">>, #{message => text(io_lib:format("~0p ~0p", [Reason, Stack]))}}
                end,
            Text = iolist_to_binary(rabbit_json:encode(Answer)),
            Head = [<<"HTTP/1.1 ">>, Status, <<"\r\ncontent-length: ">>, integer_to_binary(byte_size(Text)), <<"\r\n\r\n">>],
            ok = gen_tcp:send(Socket, [Head, Text]),
            serve(Socket);
        _ ->
            gen_tcp:close(Socket)
    end.

body(Socket, Length) ->
    case gen_tcp:recv(Socket, 0) of
        {ok, {http_header, _, 'Content-Length', _, Text}} -> body(Socket, binary_to_integer(Text));
        {ok, {http_header, _, _, _, _}} -> body(Socket, Length);
        {ok, http_eoh} ->
            ok = inet:setopts(Socket, [{packet, raw}]),
            gen_tcp:recv(Socket, Length)
    end.

handle(<<"add">>, #{<<"vhost">> := V, <<"users">> := Users, <<"level">> := Level}, _) ->
    ok = rabbit_vhost:add(V, ?USER),
    [ok = rabbit_auth_backend_internal:set_permissions(U, V, <<".*">>, <<".*">>, <<".*">>, ?USER) || U <- Users],
    restore(V, Level),
    true;
handle(<<"delete">>, #{<<"vhost">> := V}, _) ->
    case rabbit_vhost:exists(V) of
        true -> rabbit_vhost:delete(V, ?USER);
        false -> ok
    end,
    forget(V);
handle(<<"import">>, #{<<"definitions">> := Text}, _) ->
    ok = rabbit_definitions:import_raw(Text),
    true;
handle(<<"connections">>, #{<<"vhost">> := V}, _) ->
    length(rabbit_connection_tracking:list(V));
handle(<<"look">>, #{<<"vhost">> := V, <<"known">> := null}, _) ->
    look(V, bindings(V), []);
handle(<<"look">>, #{<<"vhost">> := V, <<"known">> := Known}, _) ->
    All = bindings(V),
    look(V, All, in_use(V, All, Known));
handle(<<"restore">>, #{<<"vhost">> := V, <<"level">> := Level}, _) ->
    restore(V, Level),
    forget(V);
handle(<<"forget">>, #{<<"vhost">> := V}, _) ->
    forget(V);
handle(<<"watch">>, _, _) ->
    call(watch);
handle(<<"sources">>, #{<<"vhost">> := V}, _) ->
    #{queues => [name(amqqueue:get_name(Q)) || Q <- rabbit_amqqueue:list(V)],
      exchanges => [N || X <- rabbit_exchange:list(V), N <- [name(element(2, X))], N =/= <<>>]};
handle(<<"messages">>, #{<<"vhost">> := V, <<"kind">> := Kind, <<"source">> := Source}, _) ->
    {Seq, Found} = call({seen, V, Kind, Source}),
    #{seq => Seq, messages => [view(S, At, M) || {S, At, M} <- Found]};
handle(<<"changed">>, #{<<"vhost">> := V, <<"kind">> := Kind, <<"source">> := Source, <<"after">> := After}, Socket) ->
    Key = {V, Kind, Source},
    Ref = make_ref(),
    call({wait, Key, After, self(), Ref}),
    inet:setopts(Socket, [{active, once}]),
    receive
        {Ref, changed} -> true;
        {tcp_closed, _} -> call({leave, Ref}), false
    end;
handle(<<"publish">>, #{<<"vhost">> := V, <<"exchange">> := X, <<"key">> := Key, <<"body">> := Body, <<"headers">> := Headers}, _) ->
    Exchange = rabbit_exchange:lookup_or_die(rabbit_misc:r(V, exchange, X)),
    Table = [{K, longstr, T} || {K, T} <- maps:to_list(Headers)],
    rabbit_basic:publish(Exchange, Key, properties(Table), base64:decode(Body)),
    true.

%%% The state of a virtual host: a map of what there is, by name. Values are opaque, and equal when the thing is.

look(V, Bindings, InUse) ->
    Queues = [Q || Q <- rabbit_amqqueue:list(V), lasts(Q), not lists:member(amqqueue:get_name(Q), InUse)],
    maps:from_list(
        [{key(amqqueue:get_name(Q)), opaque({amqqueue:is_durable(Q), amqqueue:is_auto_delete(Q), amqqueue:get_arguments(Q)})} || Q <- Queues] ++
        [{key(N), opaque(list_to_tuple(What))}
         || X <- rabbit_exchange:list(V), [N | What] <- [lists:sublist(tuple_to_list(X), 2, 6)],
            not predeclared(N), not lists:member(N, InUse)] ++
        [{key(B), opaque({name(From), Key, element(3, To), name(To), Args})} || {binding, From, Key, To, Args} = B <- Bindings, not lists:member(To, InUse)] ++
        [{<<"parameter ", (proplists:get_value(component, P))/binary, " ", (proplists:get_value(name, P))/binary>>,
          opaque(proplists:get_value(value, P))}
         || Component <- ['_', <<"policy">>, <<"operator_policy">>], P <- rabbit_runtime_parameters:list(V, Component)] ++
        [{<<"messages of ", (key(amqqueue:get_name(Q)))/binary>>, opaque(Held)} || Q <- Queues, ready(Q) > 0, Held <- [read(Q)], Held =/= []]).

%% What is not of the level, but somebody consumes from: it outlives a restore, emptied, with what leads to it. A connection of the app lives on.
in_use(V, Bindings, Level) ->
    Queues = [N || Q <- rabbit_amqqueue:list(V), lasts(Q), N <- [amqqueue:get_name(Q)], not is_map_key(key(N), Level), element(3, stat(Q)) > 0],
    Queues ++ [X || {binding, X, _, N, _} <- Bindings, lists:member(N, Queues), not is_map_key(key(X), Level)].

%% An exclusive queue goes with its connection.
lasts(Q) -> amqqueue:get_exclusive_owner(Q) =:= none.
predeclared({resource, _, _, <<>>}) -> true;
predeclared({resource, _, _, <<"amq.", _/binary>>}) -> true;
predeclared(_) -> false.

bindings(V) ->
    [B || {binding, Source, _, {resource, _, Kind, _} = To, _} = B <- rabbit_binding:list(V), name(Source) =/= <<>>,
          Kind =:= exchange orelse case rabbit_amqqueue:lookup(To) of {ok, Q} -> lasts(Q); _ -> false end].

key({resource, _, Kind, N}) ->
    <<(atom_to_binary(Kind))/binary, " ", N/binary>>;
key({binding, From, Key, To, Args}) ->
    With = case Args of [] -> <<>>; _ -> <<" with ", (opaque(Args))/binary>> end,
    <<"binding of ", (name(From))/binary, " to ", (key(To))/binary, " by ", Key/binary, With/binary>>.

restore(V, Level) ->
    All = bindings(V),
    InUse = in_use(V, All, Level),
    Now = look(V, All, InUse),
    Wrong = [K || {K, Value} <- maps:to_list(Now), maps:get(K, Level, none) =/= Value],
    Is = fun(Named) -> lists:member(key(Named), Wrong) end,
    [rabbit_amqqueue:delete(Q, false, false, ?USER) || Q <- rabbit_amqqueue:list(V), N <- [amqqueue:get_name(Q)], Is(N), not lists:member(N, InUse)],
    [rabbit_exchange:delete(N, false, ?USER) || X <- rabbit_exchange:list(V), N <- [element(2, X)], Is(N), not lists:member(N, InUse)],
    [rabbit_binding:remove(B, fun(_, _) -> ok end, ?USER) || B <- bindings(V), Is(B), not lists:member(element(4, B), InUse)],
    [rabbit_runtime_parameters:clear_any(V, C, N, ?USER) || <<"parameter ", K/binary>> <- Wrong, [C, N] <- [binary:split(K, <<" ">>)]],
    Back = [{K, clear(Value)} || {K, Value} <- maps:to_list(maps:without(maps:keys(look(V, bindings(V), InUse)), Level))],
    [ok = rabbit_runtime_parameters:set_any(V, C, N, Value, ?USER) || {<<"parameter ", K/binary>>, Value} <- Back, [C, N] <- [binary:split(K, <<" ">>)]],
    [declare_exchange(V, N, What) || {<<"exchange ", N/binary>>, What} <- Back],
    [declare_queue(V, N, What) || {<<"queue ", N/binary>>, What} <- Back],
    [rabbit_binding:add({binding, rabbit_misc:r(V, exchange, From), Key, rabbit_misc:r(V, Kind, To), Args}, ?USER)
     || {<<"binding ", _/binary>>, {From, Key, Kind, To, Args}} <- Back],
    [refill(Q, maps:get(<<"messages of ", (key(amqqueue:get_name(Q)))/binary>>, Level, none)) || Q <- rabbit_amqqueue:list(V)],
    true.

declare_exchange(V, N, {Type, Durable, AutoDelete, Internal, Args}) ->
    rabbit_exchange:declare(rabbit_misc:r(V, exchange, N), Type, Durable, AutoDelete, Internal, Args, ?USER).
declare_queue(V, N, {Durable, AutoDelete, Args}) ->
    rabbit_amqqueue:declare(rabbit_misc:r(V, queue, N), Durable, AutoDelete, Args, none, ?USER).

refill(Q, none) ->
    ready(Q) > 0 andalso (catch rabbit_amqqueue:purge(Q));
refill(Q, Value) ->
    case opaque(read(Q)) of
        Value -> ok;
        _ ->
            refill(Q, none),
            [put_in(Q, M) || Messages <- [clear(Value)], is_list(Messages), M <- Messages]
    end.

put_in(Q, {X, [Key | _] = Keys, Properties, Body}) ->
    Made = rabbit_basic:message(rabbit_misc:r(amqqueue:get_vhost(Q), exchange, X), Key, Properties, Body),
    rabbit_queue_type:deliver([Q], rabbit_basic:delivery(false, false, setelement(3, Made, Keys), undefined), stateless).

ready(Q) -> element(2, stat(Q)).
stat(Q) ->
    case catch rabbit_amqqueue:stat(Q) of
        {ok, _, _} = Found -> Found;
        _ -> {ok, 0, 0} % it is being deleted
    end.

%% What a classic queue holds for its next consumers, oldest first. Others can't be read without a consumer: how many there are.
read(Q) ->
    case amqqueue:get_type(Q) of
        rabbit_classic_queue ->
            {Me, Ref} = {self(), make_ref()},
            Fold = fun(BQ, State) ->
                {Held, Next} = BQ:fold(fun(M, _, Unacked, Acc) -> {cont, [M || not Unacked] ++ Acc} end, [], State),
                Me ! {Ref, Held},
                Next
            end,
            Levels = case rabbit_misc:table_lookup(amqqueue:get_arguments(Q), <<"x-max-priority">>) of
                {_, Max} -> lists:seq(Max, 0, -1);
                undefined -> [none]
            end,
            lists:append([part(Q, P, Fold, Ref) || P <- Levels]);
        _ -> {unread, ready(Q)}
    end.

part(Q, Priority, Fold, Ref) ->
    Work = case Priority of none -> Fold; _ -> {Priority, Fold} end,
    rabbit_amqqueue:run_backing_queue(amqqueue:get_pid(Q), rabbit_variable_queue, Work),
    receive {Ref, Held} -> [content(M) || M <- lists:reverse(Held)] after 5000 -> [] end.

content({basic_message, X, Keys, Content, _, _}) ->
    Decoded = rabbit_binary_parser:ensure_content_decoded(Content),
    {name(X), Keys, element(3, Decoded), iolist_to_binary(lists:reverse(element(6, Decoded)))}.

%%% What has been routed and delivered since the state was last taken back, as the broker's own functions were called with it: no queue, no
%%% binding and no consumer of ours, and dead letters too.

call(What) ->
    Server = case whereis(?LOG) of
        undefined ->
            New = spawn(fun() -> receive ready -> ets:new(?LOG, [named_table, ordered_set]), log(#{}, #{}) end end),
            try register(?LOG, New), New ! ready, New catch _:_ -> exit(New, kill), whereis(?LOG) end;
        Known -> Known
    end,
    Ref = make_ref(),
    Server ! {call, {self(), Ref}, What},
    receive {Ref, Answer} -> Answer end.

forget(V) ->
    whereis(?LOG) =/= undefined andalso call({forget, V}),
    true.

%% A call is answered when everything that was traced before it is noted.
log(Calls, Waits) ->
    receive
        {trace_ts, _, call, {rabbit_queue_type, deliver, _}, {Queues, Delivery}, At} ->
            Names = lists:usort([amqqueue:get_name(case Q of {One, _} -> One; One -> One end) || Q <- Queues]),
            log(Calls, note([{V, <<"queue">>, N} || {resource, V, _, N} <- Names], Delivery, At, Waits));
        {trace_ts, _, call, {rabbit_exchange, route, _}, {{resource, V, _, N}, Delivery}, At} when N =/= <<>> ->
            log(Calls, note([{V, <<"exchange">>, N}], Delivery, At, Waits));
        {call, From, What} ->
            log(Calls#{erlang:trace_delivered(all) => {From, What}}, Waits);
        {trace_delivered, all, Delivered} when is_map_key(Delivered, Calls) ->
            {{{Pid, Ref}, What}, Others} = maps:take(Delivered, Calls),
            Pid ! {Ref, answer(What)},
            log(Others, wait(What, Waits));
        _ ->
            log(Calls, Waits)
    end.

note(Keys, Delivery, {Mega, Sec, Micro}, Waits) ->
    At = (Mega * 1000000 + Sec) * 1000 + Micro div 1000,
    [ets:insert(?LOG, {seq(), Key, At, element(5, Delivery)}) || Key <- Keys],
    ets:info(?LOG, size) > ?KEPT_MESSAGES andalso ets:delete(?LOG, ets:first(?LOG)),
    maps:filter(fun(Ref, {Key, Pid}) -> not (lists:member(Key, Keys) andalso is_tuple(Pid ! {Ref, changed})) end, Waits).

wait({wait, Key, After, Pid, Ref}, Waits) ->
    case ets:select(?LOG, [{{'$1', Key, '_', '_'}, [{'>', '$1', After}], ['$1']}], 1) of
        '$end_of_table' -> Waits#{Ref => {Key, Pid}};
        _ -> Pid ! {Ref, changed}, Waits
    end;
wait({leave, Ref}, Waits) -> maps:remove(Ref, Waits);
wait(_, Waits) -> Waits.

answer(watch) ->
    erlang:trace_pattern({rabbit_queue_type, deliver, 3}, [{['$1', '$2', '_'], [], [{message, {{'$1', '$2'}}}]}], []),
    erlang:trace_pattern({rabbit_exchange, route, 2}, [{['$1', '$2'], [], [{message, {{{element, 2, '$1'}, '$2'}}}]}], []),
    erlang:trace(all, true, [call, arity, timestamp]),
    true;
answer({seen, V, Kind, Source}) ->
    {seq(), [{S, At, M} || [S, At, M] <- ets:match(?LOG, {'$1', {V, Kind, Source}, '$2', '$3'})]};
answer({forget, V}) ->
    ets:match_delete(?LOG, {'_', {V, '_', '_'}, '_', '_'});
answer(_) ->
    true.

seq() -> erlang:unique_integer([monotonic, positive]).

view(Seq, At, Message) ->
    {X, [Key | _], Properties, Body} = content(Message),
    ['P_basic', Type, Encoding, Headers | Rest] = tuple_to_list(Properties),
    Names = [deliveryMode, priority, correlationId, replyTo, expiration, messageId, timestamp, type, userId, appId, clusterId],
    Given = [{N, T} || {N, T} <- [{contentType, Type}, {contentEncoding, Encoding} | lists:zip(Names, Rest)], T =/= undefined],
    #{id => integer_to_binary(Seq), at => At, exchange => X, key => Key, body => base64:encode(Body),
      properties => maps:from_list(Given), headers => table(case Headers of undefined -> []; _ -> Headers end)}.

table(Fields) -> maps:from_list([{K, plain(T, Value)} || {K, T, Value} <- Fields]).
plain(table, Fields) -> table(Fields);
plain(array, Items) -> [plain(T, Value) || {T, Value} <- Items];
plain(void, _) -> null;
plain(_, Value) when is_binary(Value) -> text(Value);
plain(_, Value) -> Value.

properties(Table) ->
    list_to_tuple(['P_basic', undefined, undefined, Table | lists:duplicate(11, undefined)]).

name({resource, _, _, N}) -> N.
opaque(Term) -> base64:encode(term_to_binary(Term)).
clear(Text) -> binary_to_term(base64:decode(Text)).
text(Chars) ->
    case unicode:characters_to_binary(Chars) of
        Text when is_binary(Text) -> Text;
        _ -> base64:encode(iolist_to_binary(Chars))
    end.
