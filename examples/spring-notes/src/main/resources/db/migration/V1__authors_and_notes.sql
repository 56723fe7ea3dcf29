create table author (
  id bigint primary key,
  email varchar(200) not null unique,
  name varchar(200) not null
);
create sequence author_seq increment by 50;

create table note (
  id bigint primary key,
  author_id bigint not null references author on delete cascade,
  title varchar(100) not null,
  body text not null default '',
  version integer not null,
  unique (author_id, title)
);
create sequence note_seq increment by 50;
